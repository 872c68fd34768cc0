#!/usr/bin/env python3
"""How long training stands still for a checkpoint, with lockstep (checkpoint.cc), torch.save and PyTorch's asynchronous
checkpoints (checkpoint_peer.py) in turn.

    cmake --preset release -DLOCKSTEP_BENCHMARKS=ON && cmake --build build --target bench_checkpoint
    ~/.cache/lockstep/bench/bin/python tools/bench/checkpoint.py --in /the/disk --rounds 5

Writes to a directory of its own in --in. Needs an otherwise idle machine."""
import argparse
import pathlib
import sys
import tempfile

from turns import ROOT, medians, print_table, run_json, spread, take_turns

OURS, PEERS = "lockstep", {"torch.save": "save", "dcp.async_save": "async"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/tools/bench/bench_checkpoint")
    parser.add_argument("--in", dest="directory", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()))
    parser.add_argument("--megabytes", type=int, nargs="+", default=[100, 400])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--saves", type=int, default=5, help="in each round, of each side")
    options = parser.parse_args()

    stalls, parts = [], []
    for megabytes in options.megabytes:
        with tempfile.TemporaryDirectory(dir=options.directory) as scratch:
            words = ["--megabytes", megabytes, "--saves", options.saves, "--in", scratch]
            contenders = {OURS: lambda words=words: run_json([options.program, *words])}
            for name, kind in PEERS.items():
                command = [sys.executable, ROOT / "tools/bench/checkpoint_peer.py", kind, *words]
                contenders[name] = lambda command=command: run_json(command)
            results = take_turns(contenders, options.rounds)
        copy = medians({OURS: results[OURS]}, "memcpy")[OURS]
        stall = medians(results, "stall")
        stalls.append([f"{megabytes} MB", "memcpy", spread(results, OURS, "memcpy", "{:.1f}"), "1.00", ""])
        for name in results:
            stalls.append([f"{megabytes} MB", name, spread(results, name, "stall", "{:.1f}"), f"{stall[name] / copy:.2f}",
                           spread(results, name, "all", "{:.0f}")])
        parts.append([f"{megabytes} MB"] + [spread(results, OURS, key, "{:.0f}")
                                            for key in ("first_stall", "hash", "one_writer", "two_writers")])
    print_table(["state", "", "training waits, ms, median (range)", "relative to memcpy", "until it is there, ms"], stalls)
    print()
    print_table(["state", "the first save waits, ms", "a rank that only hashes, ms", "one writer, ms", "two writers, ms"], parts)


main()
