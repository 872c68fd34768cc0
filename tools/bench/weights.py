#!/usr/bin/env python3
"""From a file of weights to a network's parameters: lockstep, PyTorch, and the reading of the file alone, in turn.

    tools/setup.sh --target bench_weights --tests && ~/.cache/lockstep/bench/bin/python tools/bench/weights.py

Each in a process of its own, with the file in the page cache. lockstep also hashes the file and looks for numbers that are not
finite. Needs an otherwise idle machine."""
import argparse
import pathlib
import sys
import tempfile

import safetensors.torch
import torch
import torchvision
from turns import ROOT, medians, print_table, run_json, spread, take_turns

PEER = """
import json, sys, time
import safetensors.torch, torch, torchvision
torch.set_num_threads(1)
model = torchvision.models.get_model(sys.argv[1])
begin = time.perf_counter()
load = safetensors.torch.load_file if sys.argv[2].endswith("safetensors") else torch.load
model.load_state_dict(load(sys.argv[2]))
print(json.dumps({"milliseconds": 1000 * (time.perf_counter() - begin)}))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/tools/bench/bench_weights")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--model", default="resnet50")
    options = parser.parse_args()

    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        state = torchvision.models.get_model(options.model).state_dict()
        for name in ["w.safetensors", "w.pth"]:
            file = pathlib.Path(scratch, name)
            torch.save(state, file) if name == "w.pth" else safetensors.torch.save_file(state, file)
            ours = [options.program, "--model", options.model, "--weights", file]
            results = take_turns({
                "read": lambda: run_json([*ours, "--read"]),
                "lockstep": lambda: run_json(ours),
                "PyTorch": lambda: run_json([sys.executable, "-c", PEER, options.model, file]),
            }, options.rounds)
            read = medians(results, "milliseconds")["read"]
            rows += [[file.suffix, f"{file.stat().st_size / 1e6:.1f}", who, spread(results, who, "milliseconds"),
                      f"{medians(results, 'milliseconds')[who] / read:.2f}"] for who in results]
    print_table(["file", "MB", "", "milliseconds, median (range)", "relative to reading"], rows)


main()
