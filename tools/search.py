#!/usr/bin/env python3
"""Searches for the values of a config that do best, or says which parts of a config help and which hurt.

    python3 -m venv ~/.cache/lockstep/search
    ~/.cache/lockstep/search/bin/pip install -r tools/searching/requirements.txt
    ~/.cache/lockstep/search/bin/python tools/search.py SPACE.yaml              # search, with Optuna
    ~/.cache/lockstep/search/bin/python tools/search.py SPACE.yaml --ablate     # take away one thing at a time

Each trial is a run of lockstep in OUT/trial_0000/seed_1, and so on. Given again, a search that was ended goes on, and the
runs in it from their checkpoints; several at once, also on several machines, share the work. docs/searching.md has more.

Exit codes as lockstep's: 0 done, 2 a wrong space or config, 130 interrupted; of the last of three
trials in a row that failed, its own."""
import argparse
import contextlib
import csv
import itertools
import os
import pathlib
import shutil
import signal
import sys
import threading
import warnings

sys.dont_write_bytecode = True
from searching.bands import band  # noqa: E402
from searching.runs import Interrupted, LocalRun, RunFailed, SlurmRun, follow, run_directory  # noqa: E402
from searching.space import BadSpace, parts_in, read_space  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIVERGED, USAGE, INTERRUPTED = 1, 2, 130
MOST_FAILED = 3  # trials in a row


def say(text):
    print(text, file=sys.stderr, flush=True)


class Runner:
    """Runs of one space, of all its seeds."""

    def __init__(self, space, options):
        self.space, self.lockstep = space, options.lockstep
        self.start = SlurmRun if options.slurm else LocalRun
        self.interrupted = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.interrupted.set())

    def value(self, name, overrides, seed, on_value=lambda epoch, value: False):
        """The best epoch's value of one run."""
        run = run_directory(self.space.out, name, seed)
        started = self.start(self.lockstep, self.space.config, run, {**self.space.fixed, **overrides, "run.seed": seed},
                             self.space.ranks)
        values = follow(started, run, self.space.metric, on_value, self.interrupted)
        numbers = [value for _, value in values if value is not None]
        if not numbers:
            raise RunFailed(DIVERGED, f"'{self.space.metric}' has never been a number")
        return max(numbers) if self.space.direction == "maximize" else min(numbers)


class TriedAgain(Exception):
    """A trial that ended for a reason in which its values have no part."""


def try_again(study, trial):
    """In the same run directories, which go on from their checkpoints."""
    study.enqueue_trial(trial.params, user_attrs={"name": trial.user_attrs["name"]})


class Objective:
    def __init__(self, runner):
        self.runner, self.failed = runner, 0

    def __call__(self, trial):
        import optuna
        if self.runner.space.sampler == "grid" and "fixed_params" not in trial.system_attrs:  # all of it is under way
            trial.study.stop()
            raise TriedAgain
        overrides = {key: parameter.suggest(trial, key) for key, parameter in self.runner.space.parameters.items()}
        if "name" not in trial.user_attrs:
            trial.set_user_attr("name", f"trial_{trial.number:04}")
        try:
            values = self.values(trial, overrides)
        except Interrupted:
            try_again(trial.study, trial)
            trial.study.stop()
            raise TriedAgain from None
        except RunFailed as failure:
            trial.set_user_attr("failure", str(failure))
            say(f"{trial.user_attrs['name']}: {failure}")
            if failure.code == DIVERGED:
                raise optuna.TrialPruned from failure
            self.failed += 1
            if failure.code == USAGE or self.failed >= MOST_FAILED:
                raise
            try_again(trial.study, trial)
            raise TriedAgain from failure
        self.failed = 0
        trial.set_user_attr("values", values)
        mean, half = band(values)
        say(f"{trial.user_attrs['name']}: {self.runner.space.metric} {mean:.5g}{f' ± {half:.2g}' if len(values) > 1 else ''}  {overrides}")
        return mean

    def values(self, trial, overrides):
        """Of each seed. Raises TrialPruned by what the first one did, so that all trials are compared alike."""
        import optuna
        pruned = False

        def is_hopeless(epoch, value):
            nonlocal pruned
            if value is not None:
                trial.report(value, epoch)
                pruned = trial.should_prune()
            return pruned

        name = trial.user_attrs["name"]
        values = [self.runner.value(name, overrides, 1, is_hopeless)]
        if pruned:
            say(f"{name}: given up at {values[0]:.5g}  {overrides}")
            raise optuna.TrialPruned
        return values + [self.runner.value(name, overrides, seed) for seed in range(2, self.runner.space.seeds + 1)]


def make_study(space, storage):
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # what a trial did is told by us
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    sampler = optuna.samplers.TPESampler(constant_liar=True) if space.sampler == "tpe" else optuna.samplers.RandomSampler()
    pruner = {"hyperband": optuna.pruners.HyperbandPruner, "median": optuna.pruners.MedianPruner,
              "none": optuna.pruners.NopPruner}[space.pruner]()
    # A trial whose search was killed gives no sign of life any more.
    kept = optuna.storages.RDBStorage(storage, heartbeat_interval=10, grace_period=30, failed_trial_callback=try_again)
    return optuna.create_study(study_name=space.out.name, storage=kept, sampler=sampler, pruner=pruner,
                               direction=space.direction, load_if_exists=True)


def enqueue_grid(space, study):
    """Optuna's own sampler of grids ends the study without the trials that are to be tried again."""
    if without := [key for key, parameter in space.parameters.items() if parameter.choices is None]:
        raise BadSpace(f"a grid needs lists of values, and '{without[0]}' is a range")
    points = list(itertools.product(*(parameter.choices for parameter in space.parameters.values())))
    for values in points:
        study.enqueue_trial(dict(zip(space.parameters, values)), skip_if_exists=True)
    space.trials = min(space.trials, len(points))


def search(space, options):
    import optuna
    if not space.parameters:
        raise BadSpace("there is nothing to search: `parameters` is empty")
    space.out.mkdir(parents=True, exist_ok=True)
    study = make_study(space, options.storage or f"sqlite:///{space.out}/study.db")
    if space.sampler == "grid":
        enqueue_grid(space, study)
    ended = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)

    def is_enough():
        return len(study.get_trials(deepcopy=False, states=ended)) >= space.trials

    def stop_at_enough(study, trial):
        if is_enough():
            study.stop()

    runner = Runner(space, options)
    if not is_enough():
        study.optimize(Objective(runner), n_jobs=options.jobs, callbacks=[stop_at_enough], catch=(TriedAgain,))
    print_trials(space, study)
    if runner.interrupted.is_set():
        raise Interrupted


def print_trials(space, study):
    import optuna
    trials = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED))
    worst = float("-inf") if space.direction == "maximize" else float("inf")

    def rank(trial):
        value = trial.value if trial.state == optuna.trial.TrialState.COMPLETE else worst
        return -value if space.direction == "maximize" else value

    rows = []
    for trial in sorted(trials, key=rank):
        values = trial.user_attrs.get("values", [])
        rows.append({"trial": trial.number, "state": trial.state.name.lower(), space.metric: trial.value,
                     "band": band(values)[1] if len(values) > 1 else "", **trial.params, "run": space.out / trial.user_attrs.get("name", "")})
    if not rows:
        say("no trial has ended")
        return
    write_table(space.out / "trials.csv", rows)
    print_table(rows[:10], leave_out=("run",))
    if rows[0]["state"] == "complete":
        shutil.copyfile(rows[0]["run"] / "seed_1" / "config.yaml", space.out / "best.yaml")
        print(f"\nthe best is in {rows[0]['run']}; its config: {space.out / 'best.yaml'}; all trials: {space.out / 'trials.csv'}")


def write_table(path, rows):
    beside = path.with_suffix(".new")
    with open(beside, "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    beside.replace(path)


def print_table(rows, leave_out=()):
    def text(value):
        return f"{value:.5g}" if isinstance(value, float) else "" if value is None else str(value)

    keys = [key for key in rows[0] if key not in leave_out]
    cells = [keys, *([text(row.get(key)) for key in keys] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(keys))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def ablate(space, options):
    import yaml
    runner = Runner(space, options)
    seeds = range(1, max(space.seeds, 2) + 1)
    base = [runner.value("base", {}, seed) for seed in seeds]
    config = yaml.safe_load((run_directory(space.out, "base", 1) / "config.yaml").read_text())
    mean, half = band(base)
    say(f"all of it: {space.metric} {mean:.5g} ± {half:.2g}")
    rows = [{"without": "(nothing)", space.metric: mean, "band": half, "difference": "", "difference_band": "", "verdict": ""}]
    for name, overrides in parts_in(config).items():
        try:
            values = [runner.value(f"without_{name.replace(' ', '_')}", overrides, seed) for seed in seeds]
        except RunFailed as failure:
            if failure.code not in (DIVERGED, USAGE):
                raise
            say(f"without {name}: {failure}")
            rows.append({"without": name, "verdict": "diverges" if failure.code == DIVERGED else "cannot be left out"})
            continue
        mean, half = band(values)
        change, change_half = band([value - of_base for value, of_base in zip(values, base)])  # of the same seeds
        better = change > 0 if space.direction == "maximize" else change < 0
        verdict = "no difference seen" if abs(change) <= change_half else f"{name} {'hurts' if better else 'helps'}"
        say(f"without {name}: {space.metric} {mean:.5g} ± {half:.2g}, {change:+.2g} ± {change_half:.2g}: {verdict}")
        rows.append({"without": name, space.metric: mean, "band": half, "difference": change, "difference_band": change_half,
                     "verdict": verdict})
    write_table(space.out / "ablation.csv", rows)
    print_table(rows)
    print(f"\nthe bands are 95 % intervals over {len(seeds)} seeds; differences are between runs of the same seed\n"
          f"as a table: {space.out / 'ablation.csv'}")


def find_lockstep(named):
    places = (named,) if named else (os.environ.get("LOCKSTEP"), ROOT / "build/lockstep", "lockstep")
    return next((pathlib.Path(found).resolve() for place in places if place and (found := shutil.which(place))), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("space", type=pathlib.Path, help="YAML: docs/searching.md says what is in it")
    parser.add_argument("--ablate", action="store_true", help="take away one part of the config at a time")
    parser.add_argument("--jobs", type=int, default=1, help="trials at once (1)")
    parser.add_argument("--slurm", action="store_true", help="each run is a job, through `lockstep submit`")
    parser.add_argument("--storage", help="Optuna's, for several searches at once (sqlite in the space's `out`)")
    parser.add_argument("--lockstep", help="the program (LOCKSTEP, build/lockstep, or that on PATH)")
    options = parser.parse_args()
    options.lockstep = find_lockstep(options.lockstep)
    if options.lockstep is None:
        parser.error("no such program: build lockstep, or name it with --lockstep")
    if options.jobs < 1:
        parser.error("--jobs must be at least 1")
    try:
        space = read_space(options.space)
        (ablate if options.ablate else search)(space, options)
    except BadSpace as error:
        say(f"search: {error}")
        return USAGE
    except RunFailed as failure:
        say(f"search: {failure}")
        return failure.code
    except Interrupted:
        say("search: interrupted; given again, it goes on")
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
