#!/usr/bin/env python3
"""What a sample of 34 KB costs by its number, from the page cache: lockstep, a bare pread loop, and h5py in turn.

    cmake --preset release -DLOCKSTEP_BENCHMARKS=ON && cmake --build build --target lockstep bench_fetch
    ~/.cache/lockstep/bench/bin/python tools/bench/fetch.py --rounds 7

All read the same shard, on one core. Also: an epoch in shuffled order against one in sequential order, and the peak
memory of a shuffled epoch over 10^4 and over 10^6 samples. Needs an otherwise idle machine and 1.5 GB in --scratch."""
import argparse
import os
import pathlib
import struct
import sys
import tempfile

import numpy
from turns import ROOT, medians, print_table, run, run_json, spread, take_turns

SIDE = 184  # squared: 33,856 bytes


def make_pack(options, directory, samples, side):
    """A pack of grey random pixels, by way of IDX files, as MNIST's are."""
    source, pack = directory / f"idx-{samples}", directory / f"pack-{samples}"
    source.mkdir()
    draw = numpy.random.default_rng(samples)
    with open(source / "train-images-idx3-ubyte", "wb") as file:
        file.write(struct.pack(">IIII", 0x803, samples, side, side))
        for begin in range(0, samples, 1000):
            file.write(draw.bytes(min(1000, samples - begin) * side * side))
    with open(source / "train-labels-idx1-ubyte", "wb") as file:
        file.write(struct.pack(">II", 0x801, samples) + bytes(i % 10 for i in range(samples)))
    run([options.build / "lockstep", "pack", source, "--out", pack])
    return pack


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--scratch", type=pathlib.Path, help="where the packs are made; the system's temporary directory")
    options = parser.parse_args()

    core = str(max(os.sched_getaffinity(0)))
    fetch = options.build / "tools/bench/bench_fetch"
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        pack = make_pack(options, pathlib.Path(scratch), options.samples, SIDE)
        commands = {
            "lockstep": [fetch, pack],
            "lockstep, sequential": [fetch, pack, "--order", "sequential"],
            "pread loop": [fetch, pack, "--by", "bare"],
        }
        for kind in ["by-id", "by-offset", "direct"]:
            commands[f"h5py, {kind}"] = [
                sys.executable, ROOT / "tools/bench/fetch_peer.py", kind, pack / "train-00000.h5"]
        results = take_turns(
            {name: lambda command=command: run_json(command, core) for name, command in commands.items()},
            options.rounds)
        time = medians(results, "microseconds")
        print_table(["", "microseconds a sample, median (range)", "in units of lockstep's"],
                    [[name, spread(results, name, "microseconds", "{:.2f}"), f"{time[name] / time['lockstep']:.2f}"]
                     for name in results])

        print()
        rows = []
        for samples in [10_000, 1_000_000]:
            small = make_pack(options, pathlib.Path(scratch), samples, 8)
            result = run_json([fetch, small], core)
            rows.append([f"{samples:,}", f"{result['peak_mib']:.1f}", f"{result['microseconds']:.2f}"])
        print_table(["samples of 64 bytes", "peak memory, MiB", "microseconds a sample"], rows)


main()
