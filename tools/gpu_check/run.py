#!/usr/bin/env python3
"""Proves on this machine's GPU what lockstep promises, step by step, and prints a table of the results.

    tools/gpu_check.sh run --out DIR

DIR/results.json has the figures, DIR/table.md the table, and DIR/log.txt the output of every process. The exit code is 0
only if no step failed. No step stops the next; what no longer fits into the budget is skipped. docs/gpu.md has more."""
import argparse
import contextlib
import io
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))  # what the benchmarks share

from installation import Installation, machine
from judge import Failed, Skip
from processes import TimedOut, end_all, stop_all
from rig import Rig
from sizes import choose_sizes
from steps import STEPS
from turns import print_table

BUDGET = {"cuda": 420, "cpu": 1200}  # seconds
PATIENCE = {"cuda": 1, "cpu": 5}  # what the limits of the steps are multiplied with


@dataclass
class Outcome:
    name: str
    result: str
    seconds: float
    fact: str
    figures: dict
    late: bool = False  # a process had to be ended


def perform(step, rig, left, late=()):
    """The outcome of one step, with `left` seconds of the budget. Catches whatever it raises. `late` are the names of
    earlier steps that hung."""
    if left < step.expected:
        return Outcome(step.name, "SKIP", 0.0, f"{max(0, left):.0f} s are left, and it takes {step.expected} s", {})
    if step.needs in late:
        return Outcome(step.name, "SKIP", 0.0, f"it would hang as {step.needs} did", {})
    start = time.monotonic()
    rig.deadline = start + min(step.limit * PATIENCE[rig.device], left)
    result, figures, late = "FAIL", {}, False
    try:
        fact, figures = step.run(rig)
        result = "PASS"
    except Skip as skip:
        result, fact = "SKIP", str(skip)
    except (Failed, TimedOut, EOFError) as error:
        fact, late = str(error), isinstance(error, TimedOut)
    except Exception as error:  # of the check itself: a fault like any other, and the next step has its turn
        fact = f"{type(error).__name__}: {error}"
        rig.note(traceback.format_exc())
    finally:
        end_all()
    return Outcome(step.name, result, round(time.monotonic() - start, 1), " ".join(fact.split()), figures, late)


def perform_all(steps, rig, budget, report):
    """The outcomes of all steps; `report` gets them after each."""
    end = time.monotonic() + budget
    outcomes = []
    for step in steps:
        rig.note(f"\n===== {step.name}")
        late = [outcome.name for outcome in outcomes if outcome.late]
        outcomes.append(perform(step, rig, end - time.monotonic(), late))
        last = outcomes[-1]
        rig.note(f"===== {last.name}: {last.result}, {last.fact}")
        print(f"{last.result}  {last.name:15} {last.seconds:6.1f} s  {last.fact}", file=sys.stderr, flush=True)
        report(outcomes)
    return outcomes


def exit_code(outcomes):
    """0 only where something was proved and nothing failed."""
    results = [outcome.result for outcome in outcomes]
    return int("FAIL" in results or "PASS" not in results)


def refuse(message):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


def chosen(names):
    unknown = set(names) - {step.name for step in STEPS}
    if unknown:
        refuse(f"no step '{', '.join(sorted(unknown))}'; the steps are {', '.join(step.name for step in STEPS)}")
    return [step for step in STEPS if not names or step.name in names]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu: a rehearsal without a GPU")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this step alone; may be repeated")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("gpu-check-results"), help="results go here")
    parser.add_argument("--short", action="store_true", help="less of everything")
    parser.add_argument("--budget", type=int, help="seconds for all steps (420; 1200 on a CPU)")
    parser.add_argument("--build", type=pathlib.Path, help="a build directory (the bundle; build-gpu or build)")
    parser.add_argument("--data", type=pathlib.Path, help="a folder with fashion-mnist/ (IDX or a pack) and photos/")
    parser.add_argument("--python", default=sys.executable, help="the Python that has torch (this one)")
    parser.add_argument("--list", action="store_true", help="print the names of the steps and exit")
    options = parser.parse_args()
    if options.budget is not None and options.budget <= 0:
        parser.error("--budget must be above 0")
    if options.data and not options.data.is_dir():
        parser.error(f"--data: there is no folder '{options.data}'")
    if not shutil.which(options.python):
        parser.error(f"--python: '{options.python}' is no program")
    return options


def main():
    options = parse()
    steps = chosen(options.only)
    if options.list:
        print("\n".join(step.name for step in steps))
        return 0
    installation = Installation(options.build, options.python)
    if options.data:
        installation.data = options.data.resolve()
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"--out: '{options.out}' cannot be made a folder: {error.strerror}")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="gpu-check-"))
    clear_away_at_signals(scratch)
    budget = options.budget or BUDGET[options.device]
    try:
        with open(options.out / "log.txt", "w") as log:
            return run_in(scratch, options, installation, steps, budget, log)
    except (Failed, TimedOut) as error:  # a step's own are caught there
        sys.exit(f"the pack for the steps could not be made: {error}")
    finally:
        end_all()
        shutil.rmtree(scratch, ignore_errors=True)


def clear_away_at_signals(scratch):
    """At SIGTERM and Ctrl-C nothing is left behind, whatever the threads of a step wait for."""
    def end(number, _):
        stop_all()
        shutil.rmtree(scratch, ignore_errors=True)
        os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)


def run_in(scratch, options, installation, steps, budget, log):
    start = time.monotonic()
    rig = Rig(installation, options.device, choose_sizes(options.device, options.short), scratch, log)
    facts = {"device": options.device, "short": options.short, "date": time.strftime("%Y-%m-%d"), "data": rig.data,
             "machine": machine(installation)}

    def report(outcomes):
        results = {**facts, "seconds": round(time.monotonic() - start, 1), "steps": [asdict(row) for row in outcomes]}
        (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")

    outcomes = perform_all(steps, rig, budget, report)
    table = io.StringIO()
    with contextlib.redirect_stdout(table):
        print_table(["step", "result", "seconds", "fact"],
                    [[row.name, row.result, row.seconds, row.fact.replace("|", "/")] for row in outcomes])
    (options.out / "table.md").write_text(table.getvalue())
    print(table.getvalue(), end="")
    return exit_code(outcomes)


if __name__ == "__main__":
    sys.exit(main())
