"""The packs that the steps train on."""
import os
import pathlib
import random
import struct
import zlib

from judge import Skip

COPIES = 10  # of each made-up picture, so that an epoch is long enough to be timed
SIDE = 224


def fashion_pack(data, pack, scratch, limit):
    """A pack of 28 x 28 grey images, and what they are: the bundle's, or `limit` images of a split of the IDX files in
    `data`, or made-up ones. `pack` is a function of a source, a target and options."""
    ready = data / "fashion-mnist"
    if (ready / "pack.json").is_file():
        return ready, "Fashion-MNIST"
    source, what = ready, "Fashion-MNIST"
    if not source.is_dir():
        source, what = scratch / "idx", "made-up images"
        write_idx(source)
    return pack(source, scratch / "fashion-pack", "--limit", limit), what


def write_idx(directory, train=2048, valid=512, classes=10, side=28):
    """Images with a bright bar whose place is the class, in noise, as IDX files."""
    directory.mkdir()
    draw = random.Random(1)
    for prefix, count in (("train", train), ("t10k", valid)):
        labels = bytes(index % classes for index in range(count))
        images = bytearray(draw.randbytes(count * side * side))
        for index, label in enumerate(labels):
            start = (index * side + 2 * label + 3) * side
            images[start:start + 3 * side] = bytes([255]) * (3 * side)
        (directory / f"{prefix}-labels-idx1-ubyte").write_bytes(struct.pack(">HBBI", 0, 8, 1, count) + labels)
        (directory / f"{prefix}-images-idx3-ubyte").write_bytes(
            struct.pack(">HBBIII", 0, 8, 3, count, side, side) + images)


def raw_pack(pack, scratch, count):
    """A pack of `count` raw colour pictures of the network's size: only their number and size matter to the feed."""
    source = scratch / "pictures"
    draw = random.Random(2)
    for index in range(-(-count // COPIES)):
        folder = source / f"class{index % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        first = folder / f"{index}-0.png"
        first.write_bytes(png(SIDE, draw.randbytes(3 * SIDE * SIDE)))
        for copy in range(1, COPIES):
            (folder / f"{index}-{copy}.png").symlink_to(first)
    return pack(source, scratch / "raw-pack", "--encode", "raw")


def photo_pack(data, pack, scratch, count):
    """A pack of `count` JPEG photographs, each taken as often as that needs."""
    photos = sorted((data / "photos").glob("*/*.jpg"))
    if not photos:
        raise Skip(f"no photographs in {data / 'photos'}")
    source = scratch / "photos"
    for index in range(count):
        photo = photos[index % len(photos)]
        folder = source / photo.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{index // len(photos)}-{photo.name}").symlink_to(photo.resolve())
    return pack(source, scratch / "photo-pack", "--check", "structure")


def png(side, pixels):
    """A PNG of 8-bit RGB pixels, not compressed: quick to write and to read."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    row = 3 * side
    rows = b"".join(b"\0" + pixels[start:start + row] for start in range(0, len(pixels), row))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))
