#!/usr/bin/env python3
"""tools/search.py with a program that only writes what lockstep would, and once with lockstep itself.

Usage: search_test.py [LOCKSTEP]"""
import csv
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools")]
sys.dont_write_bytecode = True

from searching.bands import band
from searching.space import BadSpace, parts_in, read_space

LOCKSTEP = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else None

# Accuracy falls with the distance of the rate from 0.1, and differs a little by seed. Continues where metrics.jsonl ends.
PROGRAM = r"""#!/usr/bin/env python3
import json, math, pathlib, signal, sys, time
words = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
run, lr = pathlib.Path(words["run.dir"]), float(words.get("optimizer.lr", 0.1))
run.mkdir(parents=True, exist_ok=True)
with open(run / "starts", "a") as file: file.write(" ".join(sys.argv[1:]) + "\n")
if words.get("data.augment.flip") == "broken":
    print("lockstep: data.augment.flip: must be another", file=sys.stderr); sys.exit(2)
if lr > 10:
    print("lockstep: a parameter is not finite", file=sys.stderr); sys.exit(1)
if lr < 0.001:
    print("lockstep: rank 1 is gone", file=sys.stderr); sys.exit(5)
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
(run / "config.yaml").write_text("data: {augment: {flip: %s, rotate: 10, hue: 0}}\nmodel: {dropout: 0.5}\n" %
                                 words.get("data.augment.flip", "horizontal"))
metrics = run / "metrics.jsonl"
done = len(metrics.read_text().splitlines()) if metrics.exists() else 0
for epoch in range(done + 1, 7):
    if stop: sys.exit(75)
    time.sleep(float(words.get("train.max_time_s", 0)))
    value = 0.9 - abs(math.log10(lr) + 1) / 5 - 0.1 / epoch + int(words["run.seed"]) / 1000
    value -= 0.2 * (words.get("data.augment.flip") == "none") - 0.1 * (words.get("model.dropout") == "0")
    value += int(words["run.seed"]) % 2 / 100 * (words.get("data.augment.rotate") == "0") - 0.005 * (words.get("data.augment.rotate") == "0")
    with open(metrics, "a") as file:
        file.write(json.dumps({"kind": "epoch", "epoch": epoch, "step": epoch, "valid/accuracy": value}) + "\n")
"""


class Searches(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.program = self.folder / "lockstep"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)
        (self.folder / "base.yaml").write_text("data: {pack: x}\n")

    def space(self, text):
        path = self.folder / "space.yaml"
        path.write_text("config: base.yaml\nout: out\nmetric: valid/accuracy\n" + textwrap.dedent(text))
        return path

    def words(self, *more):
        return [sys.executable, str(ROOT / "tools/search.py"), "space.yaml", "--lockstep", str(self.program), *more]

    def search(self, *more):
        return subprocess.run(self.words(*more), cwd=self.folder, capture_output=True, text=True, timeout=240)

    def table(self, name):
        with open(self.folder / "out" / name, newline="") as file:
            return list(csv.DictReader(file))

    def starts(self, name, seed=1):
        return (self.folder / "out" / name / f"seed_{seed}" / "starts").read_text().splitlines()

    def test_the_best_of_a_grid_is_found_with_bands(self):
        self.space("""
            sampler: grid
            pruner: none
            seeds: 3
            trials: 6
            parameters: {optimizer.lr: [0.01, 0.1, 1.0], data.augment.flip: [none, horizontal]}
            """)
        result = self.search()
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = self.table("trials.csv")
        self.assertEqual(len(rows), 6)
        self.assertEqual((rows[0]["optimizer.lr"], rows[0]["data.augment.flip"]), ("0.1", "horizontal"))
        self.assertAlmostEqual(float(rows[0]["valid/accuracy"]), 0.9 - 0.1 / 6 + 0.002)
        self.assertGreater(float(rows[0]["band"]), 0)
        self.assertIn("flip: horizontal", (self.folder / "out/best.yaml").read_text())
        again = self.search()
        self.assertEqual((again.returncode, len(self.table("trials.csv"))), (0, 6), "nothing is left to do")

    def test_a_trial_that_diverges_is_worse_than_all_and_a_hopeless_one_is_ended(self):
        self.space("""
            sampler: grid
            pruner: median
            trials: 9
            parameters: {optimizer.lr: [0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 5.0, 9.0, 100.0]}
            fixed: {train.max_time_s: 0.3}
            """)
        result = self.search()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("a parameter is not finite", result.stderr)
        states = {row["optimizer.lr"]: row["state"] for row in self.table("trials.csv")}
        self.assertEqual((states["0.1"], states["100.0"]), ("complete", "pruned"))

    def test_what_was_interrupted_goes_on_in_the_same_run(self):
        self.space("""
            sampler: grid
            pruner: none
            trials: 2
            parameters: {optimizer.lr: [0.1, 0.2]}
            fixed: {train.max_time_s: 0.5}
            """)
        first = subprocess.Popen(self.words(), cwd=self.folder, stderr=subprocess.PIPE, text=True)
        metrics = self.folder / "out/trial_0000/seed_1/metrics.jsonl"
        while not metrics.exists():
            time.sleep(0.05)
        first.send_signal(signal.SIGINT)
        _, err = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 130, err)
        self.assertLess(len(metrics.read_text().splitlines()), 6)
        again = self.search()
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(len(metrics.read_text().splitlines()), 6)
        self.assertEqual(len(self.starts("trial_0000")), 2)
        self.assertEqual({row["optimizer.lr"] for row in self.table("trials.csv")}, {"0.1", "0.2"})

    def test_a_wrong_value_ends_the_search_at_once_and_a_lost_machine_after_three_tries(self):
        self.space("parameters: {data.augment.flip: [broken]}\nsampler: grid")
        result = self.search()
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("data.augment.flip: must be another", result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        self.space("parameters: {optimizer.lr: [0.0001]}\nsampler: grid")
        subprocess.run(["rm", "-r", self.folder / "out"], check=True)
        result = self.search()
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertEqual(len(self.starts("trial_0000")), 3)

    def test_two_at_once_share_the_trials(self):
        self.space("""
            sampler: random
            pruner: none
            trials: 6
            parameters: {optimizer.lr: {log: [0.01, 1]}}
            fixed: {train.max_time_s: 0.1}
            """)
        result = self.search("--jobs", "3")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreaterEqual(len(self.table("trials.csv")), 6)

    def test_what_hurts_and_what_helps_is_told_where_the_bands_allow_it(self):
        self.space("seeds: 3")
        result = self.search("--ablate")
        self.assertEqual(result.returncode, 0, result.stderr)
        verdicts = {row["without"]: row["verdict"] for row in self.table("ablation.csv")}
        self.assertEqual(verdicts, {"(nothing)": "", "flip": "flip helps", "rotation": "no difference seen",
                                    "dropout": "dropout hurts"})

    def test_spaces_that_are_none_are_told(self):
        for text, told in {
            "parameter: {}": "unknown key 'parameter'",
            "trials: none": "'trials'",
            "parameters: {optimizer.lr: 3}": "'optimizer.lr' must be",
            "parameters: {optimizer.lr: {log: [0, 1]}}": "'optimizer.lr' must be",
            "parameters: {optimizer.lr: {log: [1, a]}}": "'optimizer.lr' must be",
            "parameters: {run.seed: [1, 2]}": "`seeds`",
            "parameters: [a]": "'parameters'",
            "sampler: bayes": "'sampler'",
            "metric: valid/thing": "direction",
            "fixed: [": "cannot read",
        }.items():
            with self.subTest(text):
                with self.assertRaisesRegex(BadSpace, told):
                    read_space(self.space(text))
        self.space("parameters: {optimizer.lr: {log: [0.1, 1]}}\nsampler: grid")
        self.assertEqual(self.search().returncode, 2)

    def test_bands_and_parts(self):
        mean, half = band([1.0, 2.0, 3.0])
        self.assertAlmostEqual(mean, 2)
        self.assertAlmostEqual(half, 4.303 / 3**0.5, places=3)
        self.assertEqual(band([1.0])[1], float("inf"))
        self.assertEqual(list(parts_in({"data": {"augment": {"flip": "none", "zoom_max": 1.2}}, "optimizer": {"clip_norm": 1}})),
                         ["zoom", "gradient clipping"])

    @unittest.skipUnless(LOCKSTEP, "no lockstep was named")
    def test_lockstep_itself(self):
        pack = self.folder / "pack"
        subprocess.run([LOCKSTEP, "pack", "--synthetic", "blobs", "--samples", "600", "--size", "16", "--valid-fraction", "0.2",
                        "--out", pack], check=True, capture_output=True)
        (self.folder / "base.yaml").write_text(f"data: {{pack: {pack}}}\nmodel: {{widths: [4, 8]}}\ntrain: {{epochs: 2, batch: 32}}\n")
        self.space("trials: 2\nparameters: {optimizer.lr: {log: [0.01, 0.1]}}\npruner: none")
        self.program = LOCKSTEP
        result = self.search()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([row["state"] for row in self.table("trials.csv")], ["complete"] * 2)
        best = subprocess.run([LOCKSTEP, "train", "out/best.yaml", "--dry-run", f"run.dir={self.folder / 'again'}"], cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual(best.returncode, 0, best.stderr)


if __name__ == "__main__":
    os.environ["OMPI_ALLOW_RUN_AS_ROOT"] = os.environ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    unittest.main()
