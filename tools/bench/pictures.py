#!/usr/bin/env python3
"""Gathers real photographs from what packages hold, and cuts them into files for the benchmarks and for trials of `pack`.

    ~/.cache/lockstep/bench/bin/python tools/bench/pictures.py OUT

    OUT/photos/<origin>/*.jpg    a few hundred JPEGs of about 500 x 375 pixels: quality 85 to 95, 4:2:0, baseline
    OUT/kinds/<kind>/*           a few pictures in every kind of file that `pack` takes
    OUT/kinds/labels.csv         path, kind, origin (a class) and brightness (a number) of each of them

The photographs come from the wheels of scikit-learn and scikit-image, and from Debian's wallpaper packages, which are
downloaded with apt-get and unpacked into the cache ($LOCKSTEP_CACHE), not installed. Only photographs are taken: drawings
and gradients compress far better, and would flatter every decoder. The same OUT comes out every time."""
import argparse
import csv
import importlib.util
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import zlib

import numpy
from PIL import Image, ImageOps, ImageStat

SEED = 1
CUTS = 8  # of each photograph
WHEELS = {
    "sklearn": ("datasets/images", "china.jpg flower.jpg"),
    "skimage": ("data", "astronaut.png chelsea.png coffee.png motorcycle_left.png rocket.jpg ihc.png"),
}
DEBIAN = {
    "lomiri-wallpapers-16.04": (
        "usr/share/backgrounds",
        "Bridge_by_Sander_Klootwijk.jpg Dragonfly_by_Bolly.jpg Picture_0B_by_freespace.jpg Picture_1A_by_freespace.jpg"
        " Wine_by_Jakkub_Mede.jpg aitzgorri_by_Aitzol_Berasategi.jpg free_by_Peter_Nerlich.jpg"
        " friends_by_Aitzol_Berasategi.jpg greentock_by_Peter_Nerlich.jpg life_by_Aitzol_Berasategi.jpg"
        " picosdeeuropa_by_Aitzol_Berasategi.jpg seeding_by_Clements_Engelhardt.jpg sunset_by_Aitzol_Berasategi.jpg",
    ),
    "lxqt-themes": (
        "usr/share/lxqt/wallpapers",
        "Butterfly-Kenneth-Wimer.jpg Valendas.png after-the-rain.jpg appleflower.png beam.png butterfly.png cloud.png"
        " drop.png flowers.png fog.jpg this-is-not-windows.jpg",
    ),
    "mate-backgrounds": (
        "usr/share/backgrounds/mate/nature",
        "Aqua.jpg Blinds.jpg Dune.jpg FreshFlower.jpg Garden.jpg GreenMeadow.jpg LadyBird.jpg RainDrops.jpg Storm.jpg"
        " TwoWings.jpg Wood.jpg YellowFlower.jpg",
    ),
    "plasma-workspace-wallpapers": (
        "usr/share/wallpapers",
        "BytheWater ColdRipple ColorfulCups DarkestHour EveningGlow FallenLeaf Grey Kite OneStandsOut Path summer_1am",
    ),
}


def cache():
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("LOCKSTEP_CACHE") or pathlib.Path(home, "lockstep"), "pictures")


def unpack_debian(package):
    """The files of a Debian package, in the cache."""
    tree = cache() / package
    if not tree.exists():
        staging = cache() / f".staging-{package}"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        subprocess.run(["apt-get", "download", package], cwd=staging, check=True, capture_output=True)
        (archive,) = staging.glob("*.deb")
        subprocess.run(["dpkg", "-x", archive, staging / "tree"], check=True)
        (staging / "tree" / "version").write_text(archive.name)
        (staging / "tree").rename(tree)
        shutil.rmtree(staging)
    return tree, (tree / "version").read_text()


def find_photographs():
    """(origin, name, path) of every photograph, in a fixed order; says where they come from."""
    found = []
    for package, (folder, names) in WHEELS.items():
        root = pathlib.Path(importlib.util.find_spec(package).origin).parent
        found += [(package, pathlib.Path(name).stem, root / folder / name) for name in names.split()]
        print(f"{len(names.split()):3} photographs of the wheel {package}")
    for package, (folder, names) in DEBIAN.items():
        tree, version = unpack_debian(package)
        for name in names.split():
            path = tree / folder / name
            if path.is_dir():  # Plasma's: a folder of sizes
                path = path / "contents/images/2560x1600.jpg"
            found.append((package, pathlib.Path(name).stem, path))
        print(f"{len(names.split()):3} photographs of {version}")
    return found


def open_rgb(path):
    return ImageOps.exif_transpose(Image.open(path)).convert("RGB")


def cut(image, width, height, draw):
    """A part of the image with the shape asked for, at a random place and scale; enlarged only where the image is too small."""
    largest = min(image.width / width, image.height / height)
    scale = min(largest, max(1, largest * draw.uniform(0.6, 1)))
    w, h = int(width * scale), int(height * scale)
    x, y = draw.randint(0, image.width - w), draw.randint(0, image.height - h)
    return image.resize((width, height), Image.Resampling.LANCZOS, box=(x, y, x + w, y + h))


def make_photos(photographs, out):
    sizes, pixels = [], 0
    for origin, name, path in photographs:
        (out / origin).mkdir(parents=True, exist_ok=True)
        image = open_rgb(path)
        draw = random.Random(f"{SEED}/{origin}/{name}")
        for number in range(CUTS):
            long, short = draw.randint(440, 600), draw.randint(320, 420)
            width, height = (short, long) if draw.random() < 0.25 else (long, short)
            file = out / origin / f"{name}-{number}.jpg"
            cut(image, width, height, draw).save(file, quality=draw.randint(85, 95), subsampling="4:2:0")
            sizes.append(file.stat().st_size)
            pixels += width * height
    mean = sum(sizes) / len(sizes)
    print(f"{out}: {len(sizes)} JPEGs, {mean / 1000:.0f} KB and {pixels / len(sizes) / 1e6:.2f} megapixels on average, "
          f"{8 * sum(sizes) / pixels:.2f} bits a pixel")


def write_png16(path, values):
    """A PNG of 16 bits a channel, which Pillow writes in grey only; `values` is uint16 [height, width, 3]."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width, _ = values.shape
    rows = values.astype(">u2").reshape(height, -1).view(numpy.uint8)
    filtered = numpy.concatenate([numpy.zeros((height, 1), numpy.uint8), rows], axis=1)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(filtered.tobytes()))
        + chunk(b"IEND", b"")
    )


def with_alpha(image):
    """Transparent to the left, opaque to the right."""
    image = image.copy()
    image.putalpha(Image.linear_gradient("L").rotate(90).resize(image.size))
    return image


def rotated(orientation):
    """Saves the image turned, with the tag that turns it back."""
    undo = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90",
            7: "TRANSVERSE", 8: "ROTATE_270"}

    def save(image, path):
        stored = image.transpose(Image.Transpose[undo[orientation]])
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored.save(path, quality=90, exif=exif)

    return save


# Kind: (suffix, how an RGB image is saved as it).
KINDS = {
    "jpeg-420": (".jpg", lambda image, path: image.save(path, quality=90, subsampling="4:2:0")),
    "jpeg-422": (".jpg", lambda image, path: image.save(path, quality=90, subsampling="4:2:2")),
    "jpeg-444": (".jpg", lambda image, path: image.save(path, quality=95, subsampling="4:4:4")),
    "jpeg-progressive": (".jpeg", lambda image, path: image.save(path, quality=85, progressive=True)),
    "jpeg-grey": (".jpg", lambda image, path: image.convert("L").save(path, quality=90)),
    "jpeg-cmyk": (".jpg", lambda image, path: image.convert("CMYK").save(path, quality=90)),
    **{f"jpeg-orientation-{tag}": (".JPG", rotated(tag)) for tag in range(2, 9)},
    "png-rgb": (".png", lambda image, path: image.save(path)),
    "png-alpha": (".png", lambda image, path: with_alpha(image).save(path)),
    "png-grey": (".png", lambda image, path: image.convert("L").save(path)),
    "png-grey-alpha": (".png", lambda image, path: with_alpha(image.convert("L")).save(path)),
    "png-palette": (".png", lambda image, path: image.quantize(64).save(path)),
    "png-bilevel": (".png", lambda image, path: image.convert("1").save(path)),
    "png-rgb16": (".png", lambda image, path: write_png16(path, numpy.asarray(image).astype(numpy.uint16) * 257)),
    "png-grey16": (".PNG", lambda image, path: Image.fromarray(
        numpy.asarray(image.convert("L")).astype(numpy.uint16) * 257).save(path)),
    "webp": (".webp", lambda image, path: image.save(path, quality=85)),
    "webp-lossless": (".webp", lambda image, path: image.save(path, lossless=True)),
    "webp-alpha": (".webp", lambda image, path: with_alpha(image).save(path, quality=85)),
}
SIZES = {"size-small": (33, 17), "size-dot": (1, 1), "size-large": (4200, 3000), "size-wide": (2400, 90)}


def make_kinds(photographs, out):
    """Each kind in three ordinary sizes, one photograph an origin in turn; then JPEGs of extreme sizes."""
    rows = []

    def add(kind, suffix, save, width, height):
        origin, name, path = photographs[7 * len(rows) % len(photographs)]
        draw = random.Random(f"{SEED}/{kind}/{origin}/{name}")
        image = open_rgb(path)
        picture = cut(image, width, height, draw) if width < 1000 else image.resize((width, height))
        file = out / kind / f"{origin}-{name}-{len(rows)}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        save(picture, file)
        brightness = ImageStat.Stat(picture.convert("L")).mean[0] / 255
        rows.append([file.relative_to(out), kind, origin, f"{brightness:.4f}"])

    for kind, (suffix, save) in KINDS.items():
        for width, height in [(500, 375), (333, 401), (97, 64)]:
            add(kind, suffix, save, width, height)
    for kind, (width, height) in SIZES.items():
        add(kind, *KINDS["jpeg-420"], width, height)
    with open(out / "labels.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["path", "kind", "origin", "brightness"], *rows])
    print(f"{out}: {len(rows)} files of {len(KINDS) + len(SIZES)} kinds")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, help="a directory that is absent or empty")
    out = parser.parse_args().out
    if out.exists() and any(out.iterdir()):
        sys.exit(f"'{out}' is not empty; remove it or name another")
    photographs = find_photographs()
    make_photos(photographs, out / "photos")
    make_kinds(photographs, out / "kinds")


if __name__ == "__main__":
    main()
