#!/usr/bin/env python3
"""How long `lockstep pack` takes for a folder of JPEGs, beside a script with h5py and PIL, and beside `cp -r`, in turn.

    ~/.cache/lockstep/bench/bin/python tools/bench/pictures.py /tmp/pictures
    ~/.cache/lockstep/bench/bin/python tools/bench/pack.py /tmp/pictures/photos --rounds 5

The photographs are copied until there are --files of them. Everything is read from the page cache. `lockstep pack` makes
what it writes durable; the others leave that to the system, so `cp -r` with a `sync` of what it wrote stands there too."""
import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time

from turns import ROOT, medians, print_table, run, spread, take_turns


def replicate(photos, files, folder):
    """The photographs again and again, in their class folders, until there are `files` of them; each has a comment of
    its own, so that no two files are equal."""
    originals = sorted(photos.glob("*/*.jpg"))
    for number in range(files):
        original = originals[number % len(originals)]
        copy = folder / original.parent.name / f"{number:06}.jpg"
        copy.parent.mkdir(parents=True, exist_ok=True)
        content, comment = original.read_bytes(), b"%06d" % number
        segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        copy.write_bytes(content[:2] + segment + content[2:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=pathlib.Path, help="a folder of JPEGs, one sub-folder a class")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=4000)
    parser.add_argument("--scratch", type=pathlib.Path, help="where all is written; the system's temporary directory")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        folder, out = pathlib.Path(scratch, "photos"), pathlib.Path(scratch, "out")
        replicate(options.photos, options.files, folder)
        pack = [options.build / "lockstep", "pack", folder, "--out", out, "--jobs"]
        commands = {
            "lockstep pack, 2 jobs": [*pack, 2],
            "lockstep pack, 2 jobs, --check structure": [*pack, 2, "--check", "structure"],
            "lockstep pack, 1 job": [*pack, 1],
            "h5py and PIL": [sys.executable, ROOT / "tools/bench/pack_peer.py", folder, out],
            "cp -r": ["cp", "-r", folder, out],
            "cp -r and sync": ["sh", "-c", f"cp -r '{folder}' '{out}' && sync -f '{out}'"],
        }

        def timed(command):
            run(["sync", "-f", scratch])  # nobody pays for what another has written
            start, before = time.perf_counter(), os.times()
            run(command)
            seconds, after = time.perf_counter() - start, os.times()
            shutil.rmtree(out) if out.is_dir() else out.unlink()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            return {"seconds": seconds, "CPU seconds": cpu}

        results = take_turns(
            {name: lambda command=command: timed(command) for name, command in commands.items()}, options.rounds)
    seconds = medians(results, "seconds")
    ours = next(iter(results))
    print_table(["", f"seconds for {options.files:,} files, median (range)", "in units of the first", "seconds of CPU"],
                [[name, spread(results, name, "seconds", "{:.2f}"), f"{seconds[name] / seconds[ours]:.2f}",
                  spread(results, name, "CPU seconds", "{:.2f}")] for name in results])


main()
