#!/usr/bin/env python3
"""One training step of several networks, with lockstep (step.cc) and with PyTorch (step_peer.py) in turn.

    tools/setup.sh --target bench_step --tests && ~/.cache/lockstep/bench/bin/python tools/bench/step.py --rounds 3

Both compute forward, backward and SGD with momentum, channels-last, in float32, one process, the same threads. Prints the median
step of each and their ratio (above 1: lockstep is faster), and the peak memory of the processes. Needs an otherwise idle machine."""
import argparse
import pathlib
import sys

from turns import ROOT, medians, print_table, run_json, take_turns

CASES = [("resnet18", 64, 32), ("resnet18", 224, 8), ("resnet50", 64, 16), ("resnet50", 224, 4), ("densenet121", 224, 4),
         ("efficientnet_b0", 224, 4), ("convnext_tiny", 224, 4), ("vit_small_16", 224, 8)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/tools/bench/bench_step")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", help="a network")
    options = parser.parse_args()

    rows = []
    for model, side, batch in CASES:
        if options.only not in (None, model):
            continue
        words = ["--model", model, "--side", side, "--batch", batch, "--steps", options.steps, "--threads", options.threads]
        results = take_turns({
            "lockstep": lambda: run_json([options.program, *words]),
            "PyTorch": lambda: run_json([sys.executable, ROOT / "tools/bench/step_peer.py", *words]),
        }, options.rounds)
        time, peak = (medians(results, key) for key in ("milliseconds", "peak_mib"))
        rows.append([model, side, batch, f"{time['lockstep']:.0f}", f"{time['PyTorch']:.0f}",
                     f"{time['PyTorch'] / time['lockstep']:.2f}", f"{peak['lockstep']:.0f}", f"{peak['PyTorch']:.0f}"])
    print(f"medians of {options.rounds} rounds of {options.steps} steps, {options.threads} thread(s):\n")
    print_table(["network", "px", "batch", "lockstep, ms", "PyTorch, ms", "ratio", "lockstep, MiB", "PyTorch, MiB"], rows)


main()
