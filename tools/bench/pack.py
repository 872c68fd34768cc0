#!/usr/bin/env python3
"""How long `lockstep pack` takes for a folder of JPEGs, beside a script with h5py and PIL, and beside `cp -r`, in turn.

    ~/.cache/lockstep/bench/bin/python tools/bench/pictures.py /tmp/pictures
    ~/.cache/lockstep/bench/bin/python tools/bench/pack.py /tmp/pictures/photos --rounds 5

The photographs are copied until there are --files of them. Everything is read from the page cache. `lockstep pack` makes
what it writes durable; the others leave that to the system, so `cp -r` with a `sync` of what it wrote stands there too."""
import argparse
import pathlib
import shutil
import sys
import tempfile
import time

from turns import ROOT, medians, print_table, run, spread, take_turns


def replicate(photos, files, folder):
    """The photographs again and again, in their class folders, until there are `files` of them."""
    originals = sorted(photos.glob("*/*.jpg"))
    for number in range(files):
        original = originals[number % len(originals)]
        copy = folder / original.parent.name / f"{number:06}.jpg"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, copy)


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
            "lockstep pack, 1 job": [*pack, 1],
            "h5py and PIL": [sys.executable, ROOT / "tools/bench/pack_peer.py", folder, out],
            "cp -r": ["cp", "-r", folder, out],
            "cp -r and sync": ["sh", "-c", f"cp -r '{folder}' '{out}' && sync -f '{out}'"],
        }

        def timed(command):
            run(["sync", "-f", scratch])  # nobody pays for what another has written
            start = time.perf_counter()
            run(command)
            seconds = time.perf_counter() - start
            shutil.rmtree(out) if out.is_dir() else out.unlink()
            return {"seconds": seconds}

        results = take_turns(
            {name: lambda command=command: timed(command) for name, command in commands.items()}, options.rounds)
    seconds = medians(results, "seconds")
    ours = next(iter(results))
    print_table(["", f"seconds for {options.files:,} files, median (range)", "in units of the first"],
                [[name, spread(results, name, "seconds", "{:.2f}"), f"{seconds[name] / seconds[ours]:.2f}"]
                 for name in results])


main()
