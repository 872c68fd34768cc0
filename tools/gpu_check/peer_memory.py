"""Watches and fills the memory of the first GPU, on request; see fault_steps.memory.

{"do": "watch"} starts to watch; {"do": "peak"} answers the bytes that others have taken since, at most;
{"do": "leave", "bytes": N} takes all but N free bytes, or gives back, and answers what is free."""
import json
import sys
import threading
import time

import torch


class Watch:
    def __init__(self):
        self._before = self._least = 0
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self):
        while True:
            self._least = min(self._least, free())
            time.sleep(0.005)

    def start(self):
        self._before = self._least = free()

    def peak(self):
        return self._before - self._least


def free():
    return torch.cuda.mem_get_info()[0]


def main():
    torch.zeros(1, device="cuda")  # the context itself takes memory
    watch, held = Watch(), None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "watch":
            watch.start()
            answer = {}
        elif request["do"] == "peak":
            answer = {"bytes": watch.peak()}
        else:
            held = None
            torch.cuda.empty_cache()
            held = torch.empty(max(0, free() - request["bytes"]), dtype=torch.uint8, device="cuda")
            answer = {"free": free(), "held": held.numel()}
        print(json.dumps(answer), flush=True)


main()
