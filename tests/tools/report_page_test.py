#!/usr/bin/env python3
"""The page of `lockstep report` in a real browser: its scripts run without a word, tables sort and filter, charts tell their
values, and nothing is wider than the screen of a phone.

Usage: report_page_test.py LOCKSTEP

Exit code 77, and the reason, where there is no Chromium."""
import html
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

LOCKSTEP = pathlib.Path(sys.argv.pop(1)).resolve()
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOSTILE = "<script>alert(1)</script><b>"

# Runs in the page, after its own scripts. What it finds goes to the page around.
HOOK = """<script>
const found = {};
const texts = (selector, column) => Array.from(document.querySelectorAll(selector + " tbody tr"))
  .filter((row) => !row.hidden).map((row) => row.cells[column].textContent);
found.width = document.documentElement.scrollWidth;
found.first = texts("#runs", 0);
const head = document.querySelectorAll("#runs th")[2];
head.click();
found.ascending = texts("#runs", 2);
head.click();
found.descending = texts("#runs", 2);
found.sorted = head.getAttribute("aria-sort");
const filter = document.querySelector("input.filter[data-table=runs]");
filter.value = "NEW unstarted";
filter.dispatchEvent(new Event("input"));
found.filtered = texts("#runs", 0);
found.charts = Array.from(document.querySelectorAll("figure.chart figcaption"), (one) => one.textContent);
const figure = document.querySelector("figure.chart");
const area = figure.querySelector("svg").getBoundingClientRect();
figure.querySelector("svg").dispatchEvent(new PointerEvent("pointermove", { clientX: area.right - 20 }));
found.pointed = figure.querySelector(".values").textContent;
found.within = figure.querySelector(".values").getBoundingClientRect().right <= innerWidth;
figure.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
found.stepped = figure.querySelector(".values").textContent;
figure.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
found.hidden = figure.querySelector(".values").hidden;
found.bands = document.querySelectorAll(".band").length;
found.bold = document.querySelectorAll("b").length;
found.printed = Array.from(document.styleSheets).flatMap((sheet) => Array.from(sheet.cssRules))
  .filter((rule) => rule.media && rule.media.mediaText === "print").flatMap((rule) => Array.from(rule.cssRules))
  .filter((rule) => rule.selectorText.includes("iframe")).map((rule) => rule.style.display);
found.frames = document.querySelectorAll("iframe").length;
found.confusion = document.querySelectorAll(".confusion td").length > 0;
const result = parent.document.createElement("pre");
result.id = "found";
result.textContent = JSON.stringify(found);
parent.document.body.append(result);
</script>"""


def make_run(folder, rate, seed, losses):
    folder.mkdir()
    (folder / "config.yaml").write_text(
        f"run: {{seed: {seed}}}\ndata: {{pack: p}}\nmodel: {{name: simple_cnn}}\noptimizer: {{lr: {rate}}}\n")
    lines = [{"kind": "epoch", "epoch": epoch, "step": 10 * epoch, "lr": rate, "images_per_second": 100,
              "train/loss": loss, "valid/loss": loss, "train/accuracy": 0.9,
              "valid/accuracy": None if loss is None else 1 - loss} for epoch, loss in enumerate(losses, 1)]
    if lines:
        (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def chromium(folder, page):
    """The document when all scripts have run, and what the browser's console says."""
    result = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", "--v=0", "--window-size=1600,1200",
         "--virtual-time-budget=3000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True)
    return result.stdout, [line for line in result.stderr.splitlines() if "CONSOLE" in line]


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        runs = cls.folder / "runs"
        runs.mkdir()
        make_run(runs / "slow-1", 0.1, 1, [0.8, 0.7, 0.6])
        make_run(runs / "slow-2", 0.1, 12, [0.9, 0.8, 0.5])
        make_run(runs / "fast-1", 0.2, 3, [0.6, 0.4, 0.2])
        make_run(runs / "fast-2", 0.2, 2, [0.5, 0.3, 0.1])
        make_run(runs / "broken", 9, 4, [0.9, None, None])
        make_run(runs / "new", 5, 5, [])
        make_run(runs / HOSTILE.replace("/", "|"), 6, 6, [0.7])
        evaluation = cls.folder / "eval.json"
        evaluation.write_text(json.dumps({
            "checkpoint": "elsewhere", "split": "valid", "evaluated": 10, "accuracy": 0.5,
            "classes": [{"name": HOSTILE, "support": 5, "recall": 0.4}, {"name": "b" * 90, "support": 5, "recall": None}],
            "confusion_matrix": [[2, 3], [1, 4]]}))
        cls.page, pictures = cls.folder / "report.html", cls.folder / "pictures.html"
        subprocess.run([LOCKSTEP, "report", runs / "fast-1", "--out", pictures], check=True, stdout=subprocess.DEVNULL)
        pictures.write_text(pictures.read_text().replace('content="lockstep report"', 'content="lockstep eval --pictures"'))
        subprocess.run([LOCKSTEP, "report", *sorted(runs.iterdir()), "--eval", evaluation, "--pictures", pictures,
                        "--out", cls.page], check=True, stdout=subprocess.DEVNULL)

    def found_at(self, width):
        """What the hook finds in a frame of this width: a window of its own would not become so narrow."""
        text = self.page.read_text().replace("</body>", HOOK + "</body>")
        frame = self.folder / "frame.html"
        frame.write_text(f'<!doctype html><meta charset="utf-8"><body><iframe width="{width}" height="900" '
                         f'style="border:0" srcdoc="{html.escape(text)}"></iframe></body>')
        document, console = chromium(self.folder, frame)
        self.assertEqual(console, [])
        _, _, rest = document.partition('<pre id="found">')
        self.assertTrue(rest, "the hook has not come to its end")
        return json.loads(html.unescape(rest.partition("</pre>")[0]))

    def test_a_browser_has_nothing_to_complain_about(self):
        document, console = chromium(self.folder, self.page)
        self.assertEqual(console, [])
        self.assertIn("</html>", document)

    def test_everything_works_on_every_screen(self):
        for width in (400, 1400):
            with self.subTest(width=width):
                found = self.found_at(width)
                self.assertLessEqual(found["width"], width, "it scrolls sideways")
                self.assertEqual([pathlib.PurePath(run).name for run in found["first"][:2]], ["fast-2", "fast-1"])
                self.assertEqual(found["ascending"], ["1", "2", "3", "4", "5", "6", "12"])
                self.assertEqual(found["descending"], ["12", "6", "5", "4", "3", "2", "1"])
                self.assertEqual(found["sorted"], "descending")
                self.assertEqual([pathlib.PurePath(run).name for run in found["filtered"]], ["new"])
                self.assertIn("Validation accuracy", found["charts"])
                self.assertIn("epoch 3, step 30", found["pointed"])
                self.assertIn("optimizer.lr 0.2 (2 seeds): 85.00 % (80.00 % to 90.00 %)", found["pointed"])
                self.assertIn("epoch 2", found["stepped"])
                self.assertTrue(found["within"])
                self.assertTrue(found["hidden"])
                self.assertGreater(found["bands"], 0)
                self.assertEqual(found["bold"], 0, "a name has become markup")
                self.assertTrue(found["confusion"])
                self.assertEqual(found["frames"], 1)
                self.assertEqual(found["printed"], ["none"], "a frame would be cut on paper")


if __name__ == "__main__":
    if BROWSER is None:
        print("skipped: there is no chromium (apt-get install chromium)")
        sys.exit(77)
    unittest.main()
