"""Child processes that carry a mark in their environment, by which all that descends from them is found and ended."""
import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import time
import uuid
from dataclasses import dataclass

MARK = "LOCKSTEP_GPU_CHECK"
GRACE_SECONDS = 10  # for processes to be gone after a SIGKILL


class TimedOut(Exception):
    """A process took longer than it may; it and its descendants are ended."""


@dataclass
class Ended:
    """How a process ended; a negative code is a signal."""
    code: int
    out: str
    err: str
    seconds: float

    def last_line(self):
        """What it said last: the message, where it failed."""
        lines = (self.err or self.out).strip().splitlines()
        return lines[-1] if lines else "no output"


class Job:
    """A process in a group of its own. Its output goes to files in `directory`, since a pipe would be held open by any
    descendant that survives it."""

    running = set()
    stopping = False  # no new ones

    def __init__(self, command, directory, environment=None, **pipes):
        if Job.stopping:
            raise TimedOut("the script is being stopped")
        self.command = [str(word) for word in command]
        self.mark = uuid.uuid4().hex
        self._out, self._err = (pathlib.Path(directory, f"{self.mark}.{kind}") for kind in ("out", "err"))
        self._start = time.monotonic()
        with open(self._out, "w") as out, open(self._err, "w") as err:
            self._process = subprocess.Popen(
                self.command, **{"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err, **pipes},
                start_new_session=True, env={**os.environ, **(environment or {}), MARK: self.mark})
        Job.running.add(self)

    @property
    def pid(self):
        return self._process.pid

    def ended(self):
        return self._process.poll() is not None

    def members(self):
        """The ids of the living processes with this job's mark."""
        wanted = f"{MARK}={self.mark}"
        return [pid for pid in all_pids() if wanted in environment_of(pid)]

    def rank(self, number):
        """The id of the process that Open MPI has started as this rank."""
        wanted = [f"{MARK}={self.mark}", f"OMPI_COMM_WORLD_RANK={number}"]
        return next((pid for pid in all_pids() if all(word in environment_of(pid) for word in wanted)), None)

    def err_so_far(self):
        return self._err.read_text(errors="replace")

    def wait(self, seconds):
        """How it ended. Raises TimedOut after `seconds`."""
        try:
            code = self._process.wait(max(0.1, seconds))
        except subprocess.TimeoutExpired:
            self.end()
            raise TimedOut(f"'{' '.join(self.command)[:200]}' was ended after {seconds:.0f} s: "
                           f"{self.err_so_far().strip()[-300:]}") from None
        Job.running.discard(self)
        return Ended(code, self._out.read_text(errors="replace"), self.err_so_far(), time.monotonic() - self._start)

    def survivors(self, seconds=GRACE_SECONDS):
        """The members that are still there after at most `seconds`; they are ended."""
        deadline = time.monotonic() + seconds
        while (found := self.members()) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.end()
        return found

    def end(self):
        """Kills the group, and what has left it, by id."""
        if not self.ended():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        Job.running.discard(self)


class Peer(Job):
    """A process that answers requests: one JSON object a line, in and out."""

    def __init__(self, command, directory, environment=None):
        super().__init__(command, directory, environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, request, seconds):
        """The answer; raises TimedOut after `seconds`, and EOFError where the process has ended instead."""
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], max(0.1, seconds))[0]:
            self.end()
            raise TimedOut(f"no answer to {request} within {seconds:.0f} s: {self.err_so_far()[-300:]}")
        if not (line := self._process.stdout.readline()):
            raise EOFError(f"the process ended at {request}: {self.err_so_far().strip()[-300:]}")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        self._process.stdin.close()
        self._process.stdout.close()


def end_all():
    """Ends what the steps have left running."""
    for job in list(Job.running):
        job.end()


def stop_all():
    """The same, for good: a thread that waits for a process starts no other."""
    Job.stopping = True
    jobs = list(Job.running)
    end_all()
    for job in jobs:
        job.survivors()


def all_pids():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def environment_of(pid):
    """The words NAME=VALUE of a process; none of one that has ended or belongs to somebody else."""
    try:
        return pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []
