"""What bench_checkpoint does, as users of PyTorch do it.

    checkpoint_peer.py KIND --megabytes 100 --in DIRECTORY

KIND is `save` (torch.save, and a sync of its file, since a checkpoint that a power cut takes is none) or `async`
(torch.distributed.checkpoint.async_save with its defaults, in a job of one). Prints one JSON object of medians, in milliseconds:
`stall` is how long the call takes, `all` until the checkpoint is there. The first save is not counted."""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import time
import warnings

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch
import torch.distributed
import torch.distributed.checkpoint as dcp

WIDTH = 256


def make_state(megabytes):
    blocks = max(1, megabytes * 1_000_000 // 8 // (WIDTH * WIDTH * 9))

    def tensors():
        result = {}
        for i in range(blocks):
            result[f"layers.{i}.conv.weight"] = torch.rand(WIDTH, WIDTH, 3, 3).to(memory_format=torch.channels_last)
            result[f"layers.{i}.norm.weight"] = torch.rand(WIDTH)
        return result

    return {"model": tensors(), "momentum": tensors()}


def save(state, directory):
    directory.mkdir()
    with open(directory / "checkpoint.pt", "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    return lambda: None


def async_save(state, directory):
    return dcp.async_save(state, checkpoint_id=str(directory)).result


KINDS = {"save": save, "async": async_save}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--saves", type=int, default=5)
    parser.add_argument("--in", dest="directory", type=pathlib.Path, required=True)
    options = parser.parse_args()

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    options.directory.mkdir(parents=True, exist_ok=True)
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    state = make_state(options.megabytes)
    stalls, alls = [], []
    for number in range(options.saves + 1):
        directory = options.directory / f"save{number}"
        begin = time.perf_counter()
        wait = KINDS[options.kind](state, directory)
        stalls.append(time.perf_counter() - begin)
        wait()
        alls.append(time.perf_counter() - begin)
        shutil.rmtree(directory)
    print(json.dumps({"stall": 1e3 * statistics.median(stalls[1:]), "all": 1e3 * statistics.median(alls[1:])}))


main()
