#!/usr/bin/env python3
"""Golden values for augmentation, from torchvision, PIL and numpy.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install torch==2.11.0 torchvision==0.26.0 numpy==2.4.6 pillow==13.0.0
    /tmp/golden/bin/python tools/golden/augment.py

writes tests/imaging/golden/: pictures (PNG), named for what was done to `scene`, `colours`, `muted` or `grey`, and
augment_draws.inc: what torchvision's own code draws when it is given the numbers of our random sequences.
"""
import math
import pathlib

import numpy
import torch
import torchvision.transforms.functional as F
from PIL import Image
from torchvision.transforms import InterpolationMode, RandomErasing, RandomResizedCrop, autoaugment

BILINEAR = InterpolationMode.BILINEAR
OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/imaging/golden"


# ---------------------------------------------------------------------------------------------- pictures

def scene(height=48, width=64):
    """Smooth, so that two good ways of resampling agree on it; no symmetry."""
    y, x = numpy.mgrid[0:height, 0:width]
    red = 128 + 100 * numpy.sin(x / 7.0 + y / 15.0)
    green = 20 + 200 * y / height + 20 * numpy.cos(x / 9.0)
    blue = 120 + 90 * numpy.cos(numpy.hypot(x - 20, y - 12) / 8.0)
    return Image.fromarray(numpy.stack([red, green, blue], -1).round().clip(0, 255).astype(numpy.uint8))


def colours(low, high, height=24, width=32):
    """Every corner of the colour cube between two levels, edges, and noise."""
    values = numpy.random.Generator(numpy.random.Philox(7)).integers(low, high + 1, (height, width, 3))
    y, x = numpy.mgrid[0:height, 0:width]
    values[:12] = numpy.stack([x * 8, y[:1] * 0 + 255 - x * 8, (x // 8) * 80], -1)[:12].clip(low, high)
    return Image.fromarray(values.astype(numpy.uint8))


def save(image, name):
    image.save(OUT / f"{name}.png", optimize=True)


def hue(image, turns):
    """A rotation about the grey axis in YIQ (FCC), in double precision."""
    to_yiq = numpy.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
    c, s = math.cos(2 * math.pi * turns), math.sin(2 * math.pi * turns)
    matrix = numpy.linalg.inv(to_yiq) @ numpy.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ to_yiq
    values = numpy.asarray(image, dtype=float) @ matrix.T
    return Image.fromarray(values.round().clip(0, 255).astype(numpy.uint8))


def in_floats(image, *steps):
    """torchvision's operations on a float tensor, so that only the end is rounded."""
    tensor = F.pil_to_tensor(image).to(torch.float64) / 255
    for step, factor in steps:
        tensor = step(tensor, factor)
        assert 0 < tensor.min() and tensor.max() < 1, "a clamp in between: choose a duller picture"
    return F.to_pil_image((tensor * 255).round().to(torch.uint8))


def warp(image, x, y):
    """fastai's Warp: find_coeffs and apply_perspective, in [-1, 1] across the picture."""
    original = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    target = [(-1 - y, -1 - x), (-1 + y, 1 + x), (1 + y, -1 + x), (1 - y, 1 - x)]
    rows, right = [], []
    for (px, py), (qx, qy) in zip(original, target):
        rows += [[qx, qy, 1, 0, 0, 0, -px * qx, -px * qy], [0, 0, 0, qx, qy, 1, -py * qx, -py * qy]]
        right += [px, py]
    normalised = numpy.append(numpy.linalg.solve(numpy.array(rows, float), numpy.array(right, float)), 1).reshape(3, 3)
    width, height = image.size
    to_unit = numpy.array([[2 / width, 0, -1], [0, 2 / height, -1], [0, 0, 1]])
    matrix = numpy.linalg.inv(to_unit) @ normalised @ to_unit
    matrix /= matrix[2, 2]
    return image.transform(image.size, Image.Transform.PERSPECTIVE, matrix.flatten()[:8].tolist(), Image.BILINEAR)


def zoom(image, factor, place_x, place_y):
    """fastai's zoom_mat, in pixels."""
    width, height = image.size
    s = 1 / factor
    matrix = (s, 0, (1 - s) * place_x * width, 0, s, (1 - s) * place_y * height)
    return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.BILINEAR)


def padded(image, mode, dy, dx):
    """Shows (y + dy, x + dx), with numpy's padding outside."""
    values = numpy.asarray(image)
    p = max(abs(dy), abs(dx))
    wide = numpy.pad(values, ((p, p), (p, p), (0, 0)), mode=mode)
    return Image.fromarray(wide[p + dy:p + dy + values.shape[0], p + dx:p + dx + values.shape[1]])


def write_pictures():
    s, full, muted = scene(), colours(0, 255), colours(80, 150)
    grey = F.rgb_to_grayscale(full)
    square = s.crop((0, 0, 48, 48))
    for name, image in dict(scene=s, colours=full, muted=muted, grey=grey).items():
        save(image, name)

    for percent in (40, 160):
        save(F.adjust_brightness(full, percent / 100), f"brightness_{percent}")
        save(F.adjust_contrast(full, percent / 100), f"contrast_{percent}")
        save(F.adjust_saturation(full, percent / 100), f"saturation_{percent}")
        save(F.adjust_brightness(grey, percent / 100), f"grey_brightness_{percent}")
        save(F.adjust_contrast(grey, percent / 100), f"grey_contrast_{percent}")
    for percent in (10, 190):
        save(F.adjust_sharpness(full, percent / 100), f"sharpness_{percent}")
        save(F.adjust_sharpness(grey, percent / 100), f"grey_sharpness_{percent}")
    save(F.to_grayscale(full, 3), "greyscale")
    for percent in (-25, 10):
        save(hue(full, percent / 100), f"hue_{percent}")
    b, c, t = (F.adjust_brightness, 1.3), (F.adjust_contrast, 0.7), (F.adjust_saturation, 1.4)
    save(in_floats(muted, b, c, t), "jitter_bcs")
    save(in_floats(muted, t, c, b), "jitter_scb")
    for bits in (2, 5):
        save(F.posterize(full, bits), f"posterize_{bits}")
    save(F.solarize(full, 93.5), "solarize_93.5")
    for name, image in dict(muted=muted, muted_grey=F.rgb_to_grayscale(muted)).items():
        save(image, name)
        save(F.autocontrast(image), f"{name}_autocontrast")
        save(F.equalize(image), f"{name}_equalize")
    save(F.equalize(full), "equalize")
    save(F.autocontrast(full), "autocontrast")

    save(F.hflip(s), "horizontal")
    save(F.vflip(s), "vertical")
    for symmetry in range(8):
        values = numpy.asarray(square)
        values = values[:, ::-1] if symmetry & 1 else values
        values = values[::-1] if symmetry & 2 else values
        values = values.transpose(1, 0, 2) if symmetry & 4 else values
        save(Image.fromarray(numpy.ascontiguousarray(values)), f"dihedral_{symmetry}")
    for mode in ("constant", "edge", "reflect"):
        save(padded(s, mode, -9, 13), f"shift_{mode}")
    save(F.rotate(s, 17, BILINEAR), "rotate_17")
    save(F.affine(s, 0, [0, 0], 1, [12, -7], BILINEAR), "shear_12_-7")
    save(F.affine(s, -21, [6, -5], 1.2, [8, 5], BILINEAR), "affine")
    save(zoom(s, 1.4, 0.2, 0.7), "zoom_140")
    save(warp(s, 0.2, -0.15), "warp_20_-15")
    for name, magnitude in dict(ShearX=0.3, ShearY=-0.2, TranslateX=9.7, TranslateY=-6.2, Rotate=-24.0).items():
        save(autoaugment._apply_op(s, name, magnitude, BILINEAR, None), f"policy_{name}")
    save(F.resized_crop(s, 5, 11, 36, 27, [24, 24], BILINEAR, antialias=True), "resized_crop")
    save(F.resized_crop(s, 20, 30, 12, 16, [24, 32], BILINEAR, antialias=True), "enlarged_crop")
    save(F.center_crop(F.resize(s, 24, BILINEAR, antialias=True), [20, 20]), "evaluation")


# ---------------------------------------------------------------------------------------------- draws

class RandomSequence:
    """core/random.h."""

    def __init__(self, seed, purpose, a, b):
        low, high = lambda v: v & 0xFFFFFFFF, lambda v: v >> 32
        derived = self.philox([low(a), high(a), purpose, 0], [low(seed), high(seed)])
        self.key, self.counter, self.block = derived[:2], [0, 0, low(b), high(b)], []

    @staticmethod
    def philox(counter, key):
        counter, key = list(counter), list(key)
        for _ in range(10):
            p0, p1 = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
            counter = [(p1 >> 32) ^ counter[1] ^ key[0], p1 & 0xFFFFFFFF,
                       (p0 >> 32) ^ counter[3] ^ key[1], p0 & 0xFFFFFFFF]
            key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
        return counter

    def bits(self):
        if not self.block:
            self.block = self.philox(self.counter, self.key)
            self.counter[0] += 1
        return self.block.pop(0)

    def uniform(self):
        return (self.bits() >> 8) * 2.0 ** -24

    def below(self, bound):
        while True:
            product = self.bits() * bound
            if product & 0xFFFFFFFF >= (2 ** 32 - bound) % bound:
                return product >> 32


class OurNumbers:
    """Makes torch draw from one of our sequences."""

    def __init__(self, position):
        self.random = RandomSequence(seed=1, purpose=2, a=0, b=position)

    def __enter__(self):
        self.saved = torch.Tensor.uniform_, torch.randint, torch.rand, torch.tensor
        # The ends of the range may be tensors; in double precision, as ours.
        torch.Tensor.uniform_ = lambda _, low, high: self.saved[3](
            float(low) + (float(high) - float(low)) * self.random.uniform(), dtype=torch.float64)
        torch.randint = self.randint
        torch.rand = lambda *_: self.saved[3]([self.random.uniform()])
        torch.tensor = lambda value, **options: self.saved[3](value, **{"dtype": torch.float64, **options})

    def randint(self, low, high=None, size=None, **_):
        if size is None:  # randint(high, size)
            low, high, size = 0, low, high
        return self.saved[3]([low + self.random.below(high - low)])

    def __exit__(self, *_):
        torch.Tensor.uniform_, torch.randint, torch.rand, torch.tensor = self.saved


def drawn_crops():
    for position in range(40):
        height, width = [(480, 640), (31, 500), (500, 31), (7, 5), (1, 1)][position % 5]
        with OurNumbers(position):
            y, x, h, w = RandomResizedCrop.get_params(Image.new("L", (width, height)), [0.08, 1.0], [3 / 4, 4 / 3])
        yield f"{{{position}, {{{height}, {width}}}, {{{y}, {x}, {h}, {w}}}}}"


def drawn_erasures():
    for position in range(40):
        height, width = [(224, 224), (32, 96), (9, 4)][position % 3]
        with OurNumbers(position):
            marked = RandomErasing(p=0.7, value=1)(torch.zeros(1, height, width))[0].numpy()
        rows, columns = numpy.nonzero(marked.any(1))[0], numpy.nonzero(marked.any(0))[0]
        y, x = (rows[0], columns[0]) if len(rows) else (0, 0)
        yield f"{{{position}, {{{height}, {width}}}, {{{y}, {x}, {len(rows)}, {len(columns)}}}}}"


def drawn_policies():
    """(policy, position): operations and magnitudes, as torchvision would apply them to a picture of 48 x 64."""
    applied = []
    autoaugment._apply_op, saved = lambda image, name, magnitude, **_: applied.append((name, magnitude)) or image, \
        autoaugment._apply_op
    policies = {
        "AugmentPolicy::rand_augment": autoaugment.RandAugment(num_ops=3, magnitude=13),
        "AugmentPolicy::trivial_augment": autoaugment.TrivialAugmentWide(),
    }
    for policy, transform in policies.items():
        for position in range(60):
            with OurNumbers(position):
                transform(Image.new("RGB", (64, 48)))
            operations = ", ".join(f'{{"{name}", {magnitude!r}}}' for name, magnitude in applied)
            applied.clear()
            yield f"{{{policy}, {position}, {{{{{operations}}}}}}}"
    autoaugment._apply_op = saved


def write_draws():
    with open(OUT / "augment_draws.inc", "w") as file:
        print("// Written by tools/golden/augment.py: torchvision's draws from our random numbers.", file=file)
        for kind, name, rows in (("DrawnBox", "kCrops", drawn_crops()), ("DrawnBox", "kErasures", drawn_erasures()),
                                 ("DrawnPolicy", "kPolicies", drawn_policies())):
            print(f"constexpr {kind} {name}[] = {{", file=file)
            for row in rows:
                print(f"    {row},", file=file)
            print("};", file=file)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write_pictures()
    write_draws()
