#!/usr/bin/env python3
"""Trains Fashion-MNIST with lockstep and with PyTorch (training_peer.py) in turn, and prints medians and their ratio.

    tools/setup.sh && python3 -m venv ~/.cache/lockstep/bench
    ~/.cache/lockstep/bench/bin/pip install -r tools/bench/requirements.txt
    ~/.cache/lockstep/bench/bin/python tools/bench/training.py --rounds 5

Both sides run on the same number of ranks with one thread each, from the same images, for the same epochs; the order
alternates, so that a machine that warms up or gets a neighbour favours neither. Images/s are of training alone, the
median over the epochs of one round, then over the rounds. Needs an otherwise idle machine."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command, **options):
    """The command's standard output; the script ends with its message where it fails."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


def run_lockstep(options, pack, directory):
    """One training of ours: (images per second, accuracy after the last epoch)."""
    overrides = [f"run.dir={directory}", f"data.pack={pack}", f"train.epochs={options.epochs}"]
    run([options.lockstep, "train", ROOT / "configs/fashion_mnist.yaml", "-n", options.ranks, *overrides])
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    epochs = [line for line in lines if line["kind"] == "epoch"]
    return statistics.median(line["images_per_second"] for line in epochs), epochs[-1]["valid/accuracy"]


def run_peer(options):
    """One training of the peer: (images per second, accuracy after the last epoch)."""
    output = run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", options.ranks,
         ROOT / "tools/bench/training_peer.py", "--images", options.images, "--epochs", options.epochs],
        env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
    )
    epochs = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return statistics.median(line["images_per_second"] for line in epochs), epochs[-1]["accuracy"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lockstep", type=pathlib.Path, default=ROOT / "build/lockstep")
    parser.add_argument("--images", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--ranks", type=int, default=2)
    options = parser.parse_args()

    results = {"lockstep": [], "PyTorch DDP": []}
    with tempfile.TemporaryDirectory() as scratch:
        pack = pathlib.Path(scratch, "pack")
        run([options.lockstep, "pack", options.images, "--out", pack])
        for number in range(options.rounds):
            sides = {
                "lockstep": lambda: run_lockstep(options, pack, pathlib.Path(scratch, f"run-{number}")),
                "PyTorch DDP": lambda: run_peer(options),
            }
            for name in list(sides) if number % 2 == 0 else reversed(sides):
                rate, accuracy = sides[name]()
                results[name].append((rate, accuracy))
                print(f"round {number + 1}  {name:12}  {rate:7.0f} images/s  accuracy {accuracy:.4f}", flush=True)

    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
    print(f"\nmedians of {options.rounds}, {options.ranks} ranks, {options.epochs} epochs:")
    for name, (rate, accuracy) in medians.items():
        rates = [rate for rate, _ in results[name]]
        print(f"  {name:12}  {rate:7.0f} images/s ({min(rates):.0f} to {max(rates):.0f})  accuracy {accuracy:.4f}")
    ratio = medians["lockstep"][0] / medians["PyTorch DDP"][0]
    points = 100 * (medians["lockstep"][1] - medians["PyTorch DDP"][1])
    print(f"  lockstep trains at {ratio:.2f} times the peer's images/s, accuracy {points:+.2f} points")


main()
