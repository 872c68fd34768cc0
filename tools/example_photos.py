#!/usr/bin/env python3
"""Draws a folder of small pictures to try lockstep with, as docs/tutorial.md does.

Usage: tools/example_photos.py FOLDER [--each N] [--side N]

FOLDER/train/CLASS/NAME.png: discs, rings, squares and triangles, N of each (60), N pixels wide (64). One file is broken,
and four rings are among the discs, as in real collections. FOLDER/new/NAME.png: N pictures without a label; their order is that of
FOLDER/sample_submission.csv, and FOLDER/answers.csv has what they are. The same pictures each time. Exit code 2 where FOLDER is there."""
import argparse
import math
import pathlib
import random
import struct
import sys
import zlib

SHAPES = {
    "disc": lambda x, y: math.hypot(x, y) < 1,
    "ring": lambda x, y: 0.6 < math.hypot(x, y) < 1,
    "square": lambda x, y: max(abs(x), abs(y)) < 0.85,
    "triangle": lambda x, y: y < 0.6 and 2 * abs(x) - y < 1.1,
}


def png(rows, side):
    """The bytes of an 8-bit RGB file."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = b"".join(b"\0" + row for row in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def picture(shape, side, draw):
    """A shape of any size, colour and turn, somewhere on a ground of another brightness, with noise."""
    radius = draw.uniform(0.2, 0.38) * side
    middle = [draw.uniform(radius, side - radius) for _ in range(2)]
    turn = draw.uniform(0, 2 * math.pi)
    sine, cosine = math.sin(turn) / radius, math.cos(turn) / radius
    dark, light = ([draw.randint(*span) for _ in range(3)] for span in ((20, 110), (140, 230)))
    ground, ink = (dark, light) if draw.random() < 0.5 else (light, dark)
    rows = []
    for row in range(side):
        y = row + 0.5 - middle[1]
        pixels = bytearray()
        for column in range(side):
            x = column + 0.5 - middle[0]
            color = ink if shape(x * cosine + y * sine, y * cosine - x * sine) else ground
            pixels += bytes(min(255, max(0, value + draw.randint(-12, 12))) for value in color)
        rows.append(bytes(pixels))
    return png(rows, side)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--each", type=int, default=60)
    parser.add_argument("--side", type=int, default=64)
    options = parser.parse_args()
    if not 5 <= options.each <= 100_000 or not 16 <= options.side <= 1024:
        parser.error("--each takes 5 to 100000, --side 16 to 1024")
    if options.folder.exists() or options.folder.is_symlink():
        print(f"{options.folder} is there: name another folder, or delete it", file=sys.stderr)
        return 2
    draw = random.Random(1)
    for name, shape in SHAPES.items():
        folder = options.folder / "train" / name
        folder.mkdir(parents=True)
        for number in range(options.each):
            (folder / f"{name}-{number:03}.png").write_bytes(picture(shape, options.side, draw))
    for number in range(4):
        (options.folder / f"train/disc/wrong-{number}.png").write_bytes(picture(SHAPES["ring"], options.side, draw))
    (options.folder / "train/ring/ring-broken.png").write_bytes(picture(SHAPES["ring"], options.side, draw)[:200])
    new = options.folder / "new"
    new.mkdir()
    with open(options.folder / "sample_submission.csv", "w") as sample, open(options.folder / "answers.csv", "w") as answers:
        for file in (sample, answers):
            file.write("id,label\n")
        for number in range(options.each):
            name = draw.choice(list(SHAPES))
            (new / f"{number:03}.png").write_bytes(picture(SHAPES[name], options.side, draw))
            sample.write(f"{number:03},disc\n")
            answers.write(f"{number:03},{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
