"""Runs of lockstep as a search needs them: started here or as Slurm jobs, followed by their metrics, ended early."""
import json
import pathlib
import signal
import subprocess
import time

LOOK_EVERY = 1.0  # seconds


class Interrupted(Exception):
    """Whoever started the search wants it to end; the run has written a checkpoint."""


class RunFailed(Exception):
    """A run that gave no value; `code` is lockstep's exit code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def epochs_of(run):
    """The lines of the ends of epochs in RUN/metrics.jsonl, in their order; none where there is no such file yet."""
    try:
        text = (run / "metrics.jsonl").read_text()
    except FileNotFoundError:
        return []
    lines = []
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # being written just now
        if isinstance(entry, dict) and entry.get("kind") == "epoch":
            lines.append(entry)
    return lines


def values_of(run, metric):
    """[(epoch, value)] of one metric. A value that is no number (a diverged loss) is None."""
    values = []
    for line in epochs_of(run):
        if metric not in line:
            raise RunFailed(2, f"{run / 'metrics.jsonl'} has no '{metric}'; it has "
                            f"{', '.join(key for key in line if '/' in key)}")
        values.append((round(line["epoch"]), line[metric]))
    return values


def words_of(overrides):
    """{"train.epochs": 3} as lockstep's command line takes it."""
    return [f"{key}={json.dumps(value) if isinstance(value, (list, dict, bool)) else value}" for key, value in overrides.items()]


class LocalRun:
    """`lockstep train` as a child. A run directory with a checkpoint is continued."""

    def __init__(self, lockstep, config, run, overrides, ranks):
        run.mkdir(parents=True, exist_ok=True)
        self.log = run / "search.log"
        words = [lockstep, "train", config, *words_of(overrides), f"run.dir={run}"]
        if ranks > 1:
            words[2:2] = ["-n", str(ranks)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def is_under_way(self):
        return self.process.poll() is None

    def stop(self):
        if self.is_under_way():
            self.process.send_signal(signal.SIGTERM)  # a checkpoint, and the end
        self.process.wait()

    def check(self):
        """Raises RunFailed unless it has ended well."""
        code = self.process.returncode
        if code != 0:
            lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.startswith("lockstep: ")]
            raise RunFailed(code, lines[-1].removeprefix("lockstep: ") if lines else f"ended with {code}: see {self.log}")


class SlurmRun:
    """`lockstep submit`; the job is followed through `lockstep status`."""

    def __init__(self, lockstep, config, run, overrides, ranks):
        del ranks  # the config's slurm: section says it
        self.lockstep, self.run = lockstep, run
        result = subprocess.run([str(word) for word in [lockstep, "submit", config, *words_of(overrides), f"run.dir={run}"]],
                                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if result.returncode:
            raise RunFailed(result.returncode, result.stderr.strip().splitlines()[-1] if result.stderr.strip() else "sbatch failed")

    def status(self):
        result = subprocess.run([str(self.lockstep), "status", str(self.run), "--json"], capture_output=True, text=True)
        if result.returncode:
            raise RunFailed(result.returncode, result.stderr.strip())
        return json.loads(result.stdout)

    def is_under_way(self):
        return self.status()["state"] in ("unstarted", "queued", "starting", "running", "stopping")

    def stop(self):
        subprocess.run([str(self.lockstep), "stop", str(self.run)], capture_output=True)
        while self.is_under_way():
            time.sleep(10 * LOOK_EVERY)

    def check(self):
        status = self.status()
        if status["state"] != "finished":
            failure = status.get("failure") or {}
            raise RunFailed(failure.get("exit_code", 5), failure.get("message", f"the run {status['state']}"))


def follow(started, run, metric, on_value, interrupted):
    """Waits for the end. Calls on_value(epoch, value) for each new value; where it says True, ends the run. Returns all
    values that it has reached. Raises RunFailed, and Interrupted where the event `interrupted` is set before."""
    told = 0
    try:
        while True:
            under_way = started.is_under_way()
            values = values_of(run, metric)
            for epoch, value in values[told:]:
                if on_value(epoch, value):
                    started.stop()
                    return values
            told = len(values)
            if not under_way:
                break
            if interrupted.wait(LOOK_EVERY):
                raise Interrupted
    except BaseException:
        started.stop()
        raise
    started.check()
    if not values:
        raise RunFailed(2, f"the run has no epoch with '{metric}': is train.max_steps set?")
    return values


def run_directory(out, name, seed):
    return pathlib.Path(out) / name / f"seed_{seed}"
