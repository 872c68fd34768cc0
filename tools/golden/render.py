#!/usr/bin/env python3
"""Makes tests/imaging/data: small photographs, and what Pillow makes of parts of them.

Usage: python3 tools/golden/render.py     (pip install pillow==11.3.0 scikit-learn==1.9.1)

The photographs are scikit-learn's samples (china.jpg, CC BY 2.0, (c) Yann Forget; flower.jpg, CC BY 2.0, (c) dany13),
cut small and written anew. Each line of render_cases.txt is a picture: photograph, box (left, top, right, bottom), size
(width, height), and the file that holds Image.resize(size, BILINEAR, box=box, reducing_gap=None)."""
import pathlib

import PIL
from PIL import Image
from sklearn.datasets import load_sample_image

assert PIL.__version__ == "11.3.0", f"Pillow 11.3.0 is needed, not {PIL.__version__}"

DATA = pathlib.Path(__file__).resolve().parents[2] / "tests/imaging/data"

# Sides that no block divides.
PHOTOGRAPHS = {"china": (30, 40, 449, 351), "flower": (100, 20, 411, 399)}

CASES = [
    ("china", (0, 0, 419, 311), (64, 48)),
    ("china", (0, 0, 419, 311), (35, 26)),
    ("china", (13, 7, 290, 215), (96, 96)),
    ("china", (200.5, 100.25, 280.5, 180.75), (120, 100)),
    ("china", (101, 51, 151, 91), (150, 120)),
    ("flower", (0, 0, 311, 379), (48, 64)),
    ("flower", (31, 44, 255, 268), (112, 112)),
    ("flower", (64, 80, 176, 192), (112, 112)),
    ("flower", (7, 9, 308, 377), (25, 31)),
]


def main():
    DATA.mkdir(parents=True, exist_ok=True)
    for name, box in PHOTOGRAPHS.items():
        image = Image.fromarray(load_sample_image(f"{name}.jpg")).crop(box)
        image.save(DATA / f"{name}.jpg", quality=90, subsampling="4:4:4", optimize=True)
    lines = []
    for number, (name, box, size) in enumerate(CASES):
        picture = f"render_{number}.png"
        with Image.open(DATA / f"{name}.jpg") as image:
            image.resize(size, Image.Resampling.BILINEAR, box=box).save(DATA / picture, optimize=True)
        lines.append(" ".join(map(str, [name, *box, *size, picture])))
    (DATA / "render_cases.txt").write_text("\n".join(lines) + "\n")


main()
