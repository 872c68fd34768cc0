#!/usr/bin/env python3
"""Trains Fashion-MNIST with lockstep and with PyTorch (training_peer.py) in turn, and prints medians and their ratio.

    tools/setup.sh && python3 -m venv ~/.cache/lockstep/bench
    ~/.cache/lockstep/bench/bin/pip install -r tools/bench/requirements.txt
    ~/.cache/lockstep/bench/bin/python tools/bench/training.py --rounds 5

Both sides run on the same number of ranks with one thread each, from the same images, for the same epochs; the order
alternates, so that a machine that warms up or gets a neighbour favours neither. Images/s are of training alone, the
median over the epochs of one round, then over the rounds. Needs an otherwise idle machine."""
import argparse
import itertools
import json
import os
import pathlib
import statistics
import sys
import tempfile

from turns import ROOT, medians, print_table, run, spread, take_turns


def run_lockstep(options, pack, directory):
    """One training of ours: images per second, and the accuracy after the last epoch."""
    overrides = [f"run.dir={directory}", f"data.pack={pack}", f"train.epochs={options.epochs}"]
    run([options.lockstep, "train", ROOT / "configs/fashion_mnist.yaml", "-n", options.ranks, *overrides])
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    epochs = [line for line in lines if line["kind"] == "epoch"]
    rate = statistics.median(line["images_per_second"] for line in epochs)
    return {"images_per_second": rate, "accuracy": epochs[-1]["valid/accuracy"]}


def run_peer(options):
    """One training of the peer: images per second, and the accuracy after the last epoch."""
    output = run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", options.ranks,
         ROOT / "tools/bench/training_peer.py", "--images", options.images, "--epochs", options.epochs],
        env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
    )
    epochs = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    rate = statistics.median(line["images_per_second"] for line in epochs)
    return {"images_per_second": rate, "accuracy": epochs[-1]["accuracy"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lockstep", type=pathlib.Path, default=ROOT / "build/lockstep")
    parser.add_argument("--images", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--ranks", type=int, default=2)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        pack = pathlib.Path(scratch, "pack")
        run([options.lockstep, "pack", options.images, "--out", pack])
        number = itertools.count()
        results = take_turns({
            "lockstep": lambda: run_lockstep(options, pack, pathlib.Path(scratch, f"run-{next(number)}")),
            "PyTorch DDP": lambda: run_peer(options),
        }, options.rounds)

    rate, accuracy = (medians(results, key) for key in ("images_per_second", "accuracy"))
    print(f"medians of {options.rounds}, {options.ranks} ranks, {options.epochs} epochs:\n")
    print_table(["", "images/s, median (range)", "accuracy"],
                [[name, spread(results, name, "images_per_second"), f"{100 * accuracy[name]:.2f} %"] for name in results])
    ratio = rate["lockstep"] / rate["PyTorch DDP"]
    points = 100 * (accuracy["lockstep"] - accuracy["PyTorch DDP"])
    print(f"\nlockstep trains at {ratio:.2f} times the peer's images/s, accuracy {points:+.2f} points")


main()
