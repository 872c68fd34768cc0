"""What bench_feed does, as users of torchvision and of DALI do it: decode, random resized crop to 224, flip, normalise.

    feed_peer.py KIND FOLDER --images N

KIND is `pil` (torchvision's transforms on PIL images), `tensors` (torchvision's v2 on tensors that its own decoder makes)
or `dali` (DALI's CPU pipeline, which decodes only the crop). One thread. Files come from the page cache, in random order.
A first pass over all files is not timed. Prints one JSON object: images_per_second, and mean and std of what came out."""
import argparse
import json
import os
import pathlib
import random
import time

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy

SIDE = 224
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def torchvision_pil(files):
    """The `transform` of an ImageFolder, in the form of the ImageNet example."""
    import torch
    from PIL import Image
    from torchvision import transforms

    torch.set_num_threads(1)
    transform = transforms.Compose([
        transforms.RandomResizedCrop(SIDE),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ])
    for file in files:
        with open(file, "rb") as stream:
            image = Image.open(stream).convert("RGB")
        yield transform(image).numpy()[None]


def torchvision_tensors(files):
    """As torchvision's documentation advises for speed: uint8 tensors until the end."""
    import torch
    from torchvision.io import ImageReadMode, decode_jpeg, read_file
    from torchvision.transforms import v2

    torch.set_num_threads(1)
    transform = v2.Compose([
        v2.RandomResizedCrop(SIDE, antialias=True),
        v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(MEAN, STD),
    ])
    for file in files:
        yield transform(decode_jpeg(read_file(str(file)), mode=ImageReadMode.RGB)).numpy()[None]


def dali(files, batch=64):
    from nvidia.dali import fn, pipeline_def, types

    @pipeline_def(batch_size=batch, num_threads=1, device_id=None, seed=1)
    def pipeline():
        encoded, _ = fn.readers.file(files=[str(file) for file in files])
        image = fn.decoders.image_random_crop(
            encoded, device="cpu", random_area=[0.08, 1], random_aspect_ratio=[3 / 4, 4 / 3], num_attempts=10)
        image = fn.resize(image, size=[SIDE, SIDE])
        return fn.crop_mirror_normalize(
            image, mirror=fn.random.coin_flip(), dtype=types.FLOAT, output_layout="HWC",
            mean=[255 * x for x in MEAN], std=[255 * x for x in STD])

    built = pipeline()
    built.build()
    while True:
        yield built.run()[0].as_array()


KINDS = {"pil": torchvision_pil, "tensors": torchvision_tensors, "dali": dali}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=2000)
    options = parser.parse_args()

    files = sorted(options.folder.glob("**/*.jpg"))
    random.Random(1).shuffle(files)
    passes = 2 + options.images // len(files)
    outputs = KINDS[options.kind](files * passes)

    means, squares, warm = [], [], 0
    while warm < len(files):
        pixels = next(outputs)
        means.append(pixels.mean())
        squares.append(numpy.square(pixels, dtype=numpy.float64).mean())
        warm += len(pixels)
    start, images = time.perf_counter(), 0
    while images < options.images:
        images += len(next(outputs))
    seconds = time.perf_counter() - start
    mean = float(numpy.mean(means))
    std = float(numpy.sqrt(numpy.mean(squares) - mean**2))
    print(json.dumps({"images_per_second": images / seconds, "mean": mean, "std": std}))


main()
