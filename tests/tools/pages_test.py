#!/usr/bin/env python3
"""Types the commands of docs/tutorial.md and docs/recipes/*.md, on small data of the form that each page is about.

Usage: pages_test.py LOCKSTEP LIBTORCH"""
import csv
import io
import json
import os
import pathlib
import random
import shlex
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCKSTEP = pathlib.Path(sys.argv.pop(1)).resolve()
LIBTORCH = pathlib.Path(sys.argv.pop(1)).resolve()  # of a wheel, so that `import torch` is possible
sys.path.append(str(LIBTORCH.parent))
SET_UP = ("tools/setup.sh", "export PATH=")  # of the tutorial; done already
# What makes a training of hours one of seconds. Networks and all else are those of the configs.
SMALL = ("train.batch=2 train.max_steps=4 data.image_size=64 checkpoint.every_epochs=1 checkpoint.keep=1 "
         "schedule.warmup_epochs=0")

try:
    import PIL.Image
    import torch
    import torchvision
except ImportError as error:
    print(f"SKIP: {error}")
    sys.exit(77)


def commands_of(page):
    """The indented lines of a page; those that end in a backslash with the next."""
    commands, open_line = [], ""
    for line in page.read_text().splitlines():
        if not line.startswith("    "):
            continue
        open_line += line.strip()
        if open_line.endswith("\\"):
            open_line = open_line[:-1]
            continue
        if not open_line.startswith(SET_UP):
            commands.append(open_line)
        open_line = ""
    return commands


def photograph(draw, kind, form="JPEG"):
    """A small picture, as a file's bytes, whose colour says its kind."""
    colors = [(200, 60, 40), (40, 120, 200), (90, 180, 60), (180, 160, 40)]
    base = colors[kind % len(colors)]
    size = (draw.randint(60, 90), draw.randint(60, 90))
    pixels = bytes(min(255, max(0, value + draw.randint(-30, 30))) for _ in range(size[0] * size[1]) for value in base)
    buffer = io.BytesIO()
    PIL.Image.frombytes("RGB", size, pixels).save(buffer, form)
    return buffer.getvalue()


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


class Pages(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.draw = random.Random(1)
        for name in ("configs", "tools"):
            (self.folder / name).symlink_to(ROOT / name)
        programs = self.folder / "programs"
        programs.mkdir()
        self.write(programs / "lockstep", f"""#!/bin/bash
case "$1" in
  train | lr-find | features) exec {shlex.quote(str(LOCKSTEP))} "$@" $SMALL ;;
  doctor) # What it finds is of random weights: here it only has to come to its end.
    {shlex.quote(str(LOCKSTEP))} "$@" data.image_size=32 | tee doctor.txt; grep -q '^[0-9]* checks: ' doctor.txt ;;
  *) exec {shlex.quote(str(LOCKSTEP))} "$@" ;;
esac
""")
        self.write(programs / "python3", f'#!/bin/bash\nexec {shlex.quote(sys.executable)} "$@"\n')
        self.environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "SMALL": SMALL, "HOME": scratch.name,
                                         "PYTHONPATH": os.pathsep.join(sys.path)}

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if text[:2] in ("#!", b"#!"):
            path.chmod(0o755)

    def weights(self, name):
        self.write(f"weights/{name}.pth", b"")
        torch.save(getattr(torchvision.models, name)(weights=None).state_dict(), self.folder / f"weights/{name}.pth")

    def type_all(self, page):
        for command in commands_of(ROOT / "docs" / page):
            done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=400)
            self.assertEqual(done.returncode, 0, f"{page}: {command}\n{done.stdout[-3000:]}")

    def archive(self, files):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return buffer.getvalue()

    def test_tutorial(self):
        self.type_all("tutorial.md")
        self.assertIn("ring-broken.png", (self.folder / "data/shapes/rejected.csv").read_text())
        sample, submitted = (rows_of(self.folder / name) for name in ("photos/sample_submission.csv", "submission.csv"))
        self.assertEqual(submitted[0], sample[0])
        self.assertEqual([row[0] for row in submitted], [row[0] for row in sample])
        for picture in ("shapes.png", "fed.png", "rates.png", "mistakes.html", "labels.html", "report.html"):
            self.assertGreater((self.folder / picture).stat().st_size, 1000, picture)

    def test_how_weights_are_fetched(self):
        make, fetch = commands_of(ROOT / "docs/recipes/README.md")
        self.assertIn("weights='IMAGENET1K_V1'", fetch)
        for command in (make, fetch.replace("weights='IMAGENET1K_V1'", "weights=None")):  # no network here
            subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, check=True)
        self.assertTrue((self.folder / "weights/resnet34.pth").exists())

    def test_pets(self):
        with tarfile.open(self.folder / "images.tar.gz", "w:gz") as archive:
            for kind, breed in enumerate(("Abyssinian", "beagle", "Bombay")):
                for number in range(10):
                    data = photograph(self.draw, kind)
                    entry = tarfile.TarInfo(f"images/{breed}_{number}.jpg")
                    entry.size = len(data)
                    archive.addfile(entry, io.BytesIO(data))
        self.weights("resnet34")
        self.type_all("recipes/pets.md")
        rows = rows_of(self.folder / "breeds.csv")
        self.assertEqual(len(rows), 1 + 6)
        self.assertEqual(len(rows[1][1].split("|")), 3)

    def test_dog_breeds(self):
        breeds = ("affenpinscher", "beagle", "yorkshire_terrier")
        files, labels, sample = {}, "id,breed\n", "id," + ",".join(breeds) + "\n"
        for number in range(30):
            files[f"train/{number:04x}.jpg"] = photograph(self.draw, number)
            labels += f"{number:04x},{breeds[number % 3]}\n"
        for number in range(5):
            files[f"test/{number + 100:04x}.jpg"] = photograph(self.draw, number)
            sample += f"{number + 100:04x}" + ",0.3" * 3 + "\n"
        self.write("dog-breed-identification.zip", self.archive(files | {"labels.csv": labels, "sample_submission.csv": sample}))
        self.weights("resnext50_32x4d")
        self.type_all("recipes/dog-breeds.md")
        self.assertEqual((self.folder / "submission.csv").read_text().splitlines()[0], "id," + ",".join(breeds))
        rows = rows_of(self.folder / "submission.csv")[1:]
        self.assertEqual([row[0] for row in rows], [line.split(",")[0] for line in sample.splitlines()[1:]])
        for row in rows:
            self.assertAlmostEqual(sum(map(float, row[1:])), 1, 4)

    def test_dogs_and_cats(self):
        train = {f"train/{name}.{number}.jpg": photograph(self.draw, kind)
                 for kind, name in enumerate(("cat", "dog")) for number in range(12)}
        new = {f"test1/{number}.jpg": photograph(self.draw, number) for number in range(1, 6)}
        self.write("dogs-vs-cats.zip", self.archive({"train.zip": self.archive(train), "test1.zip": self.archive(new),
                                                     "sampleSubmission.csv": "id,label\n"}))
        self.weights("resnet34")
        self.type_all("recipes/dogs-and-cats.md")
        rows = rows_of(self.folder / "submission.csv")
        self.assertEqual(rows[0], ["id", "label"])
        self.assertEqual([row[0] for row in rows[1:]], [str(number) for number in range(1, 6)])
        self.assertTrue(all(0 <= float(row[1]) <= 1 for row in rows[1:]))

    def test_xrays(self):
        table = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age\n"
        findings = ("No Finding", "Mass", "Mass|Effusion", "Effusion")
        for number in range(40):
            name = f"{number // 2:08}_{number % 2:03}.png"
            self.write(f"nih/images_001/images/{name}", photograph(self.draw, number // 2, "PNG"))
            table += f"{name},{findings[number // 2 % 4]},0,{number // 2},58\n"
        self.write("nih/Data_Entry_2017_v2020.csv", table)
        self.write("nih/test_list.txt", "".join(f"{number // 2:08}_{number % 2:03}.png\n" for number in range(32, 40)))
        self.weights("densenet121")
        self.type_all("recipes/xrays.md")
        rows = rows_of(self.folder / "findings.csv")
        self.assertEqual(len(rows), 1 + 8)
        self.assertEqual(sorted(rows[0][-3:]), ["Effusion", "Mass", "No Finding"])

    def test_furniture(self):
        for split, count in (("train", 30), ("validation", 9), ("test", 5)):
            about = {"images": [{"image_id": number, "url": [f"http://example.org/{number}"]} for number in range(1, count + 1)]}
            if split != "test":
                about["annotations"] = [{"image_id": number, "label_id": number % 3 + 1} for number in range(1, count + 1)]
            self.write(f"furniture/{split}.json", json.dumps(about))
            for number in range(1, count + 1):
                self.write(f"furniture/{split}/{number}.jpg", photograph(self.draw, number % 3))
        sample = "id,predicted\n" + "".join(f"{number},1\n" for number in range(1, 6))
        self.write("furniture/sample_submission.csv", sample)
        self.weights("densenet161")
        self.type_all("recipes/furniture.md")
        rows = rows_of(self.folder / "submission.csv")
        self.assertEqual(rows[0], ["id", "predicted"])
        self.assertEqual([row[0] for row in rows[1:]], [str(number) for number in range(1, 6)])
        self.assertTrue(all(row[1] in ("1", "2", "3") for row in rows[1:]))


if __name__ == "__main__":
    unittest.main()
