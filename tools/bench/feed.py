#!/usr/bin/env python3
"""Images per second and core from JPEG files to a network's input, with lockstep, torchvision and DALI in turn.

    cmake --preset release -DLOCKSTEP_BENCHMARKS=ON && cmake --build build --target lockstep bench_feed
    ~/.cache/lockstep/bench/bin/python tools/bench/pictures.py /tmp/pictures
    ~/.cache/lockstep/bench/bin/python tools/bench/feed.py /tmp/pictures/photos --rounds 7

All decode, crop at random (RandomResizedCrop's defaults), flip and normalise, to 224 x 224 floats. Each is pinned to one
core with one thread; lockstep also runs with two threads on two cores. Everything is in the page cache. The columns mean
and std are of what came out: they must agree. Needs an otherwise idle machine with two cores."""
import argparse
import os
import pathlib
import sys
import tempfile

from turns import ROOT, medians, print_table, run, run_json, spread, take_turns

OURS, OURS_2 = "lockstep", "lockstep, 2 threads"
PEERS = {"torchvision (PIL)": "pil", "torchvision v2 (tensors)": "tensors", "DALI (CPU)": "dali"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=pathlib.Path, help="a folder of JPEGs, one sub-folder a class")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=2000, help="timed in each round, of each side")
    options = parser.parse_args()

    cores = [str(core) for core in sorted(os.sched_getaffinity(0))[-2:]]
    with tempfile.TemporaryDirectory() as scratch:
        pack = pathlib.Path(scratch, "pack")
        run([options.build / "lockstep", "pack", options.photos, "--out", pack])
        ours = [options.build / "tools/bench/bench_feed", pack, "--images", options.images]
        peer = [sys.executable, ROOT / "tools/bench/feed_peer.py"]
        contenders = {
            OURS: lambda: run_json(ours, cores[-1]),
            OURS_2: lambda: run_json([*ours, "--threads", 2], ",".join(cores)),
        }
        for name, kind in PEERS.items():
            command = [*peer, kind, options.photos, "--images", options.images]
            contenders[name] = lambda command=command: run_json(command, cores[-1])
        results = take_turns(contenders, options.rounds)

    rate, mean, std = (medians(results, key) for key in ("images_per_second", "mean", "std"))
    print_table(
        ["", "images/s, median (range)", "lockstep's ratio to it", "mean", "std"],
        [[name, spread(results, name, "images_per_second"), f"{rate[OURS] / rate[name]:.2f}", f"{mean[name]:.3f}",
          f"{std[name]:.3f}"] for name in results])
    print(f"\ntwo threads are {rate[OURS_2] / rate[OURS]:.2f} times as fast as one")


main()
