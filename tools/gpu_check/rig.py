"""What every step works with: the program, the device, the packs, a scratch directory, and the time that is left."""
import functools
import json
import os
import pathlib
import threading
import time
from dataclasses import dataclass

import data
from judge import Failed, check, newest_digest, one_digest, state_digest
from processes import Ended, Job, Peer

HERE = pathlib.Path(__file__).resolve().parent
# Several ranks on one GPU talk over the loopback device; to a CPU's ranks this says nothing.
ONE_GPU = {"LOCKSTEP_SHARE_GPU": "1", "NCCL_SOCKET_IFNAME": "lo", "NCCL_IB_DISABLE": "1", "NCCL_DEBUG": "WARN"}


@dataclass
class Training:
    """A training that ended with 0."""
    directory: pathlib.Path
    digest: str
    log: str
    seconds: float

    def metrics(self):
        return [json.loads(line) for line in (self.directory / "metrics.jsonl").read_text().splitlines()]


class Rig:
    def __init__(self, installation, device, sizes, scratch, log):
        self.installation, self.device, self.sizes = installation, device, sizes
        self.scratch, self.cores = scratch, len(os.sched_getaffinity(0))
        self.deadline = time.monotonic() + 120  # of the pack below; each step sets its own
        self._log, self._lock = log, threading.Lock()
        self.fashion, self.data = data.fashion_pack(installation.data, self.pack, scratch, sizes.split)

    def start(self, command, environment=None):
        """Starts a process that finds the libraries."""
        return Job(command, self.scratch, {**self.installation.environment, **(environment or {})})

    def left(self):
        """Seconds until this step must be over."""
        return self.deadline - time.monotonic()

    def finish(self, job):
        """Waits for a process and logs it."""
        try:
            ended = job.wait(self.left())
        except Exception as error:
            self.note(f"$ {' '.join(job.command)}\n{error}")
            raise
        self.note(f"$ {' '.join(job.command)}\n{ended.out[-4000:]}{ended.err[-8000:]}-> {ended.code}, "
                  f"{ended.seconds:.1f} s")
        return ended

    def note(self, text):
        with self._lock:
            self._log.write(text + "\n")
            self._log.flush()

    def finish_well(self, job):
        """What a process that must succeed printed."""
        ended = self.finish(job)
        program = " ".join(pathlib.Path(word).name for word in job.command[:2])
        check(ended.code == 0, f"{program} ended with {ended.code}: {ended.last_line()}")
        return ended.out

    def run(self, *command, environment=None):
        return self.finish_well(self.start(command, environment))

    def start_peer(self, script, *words):
        """Starts a script of this folder that answers requests."""
        return Peer([self.installation.python, HERE / script, *words], self.scratch)

    def peer(self, script, *words):
        """The JSON object that a script of this folder prints."""
        return json.loads(self.finish_well(Job([self.installation.python, HERE / script, *words], self.scratch)))

    def lockstep(self, *words):
        return self.run(self.installation.program, *words)

    def start_training(self, name, *overrides, ranks=1, nodes=1, config="fashion_mnist", device=None):
        """Starts a training of `lanes` lanes that neither evaluates nor writes checkpoints unless `overrides` say so."""
        words = [] if ranks == 1 else ["-n", ranks]
        environment = ONE_GPU if nodes == 1 else {**ONE_GPU, "LOCKSTEP_DECLARED_NODES": str(nodes)}
        return self.start(
            [self.installation.program, "train", self.installation.configs / f"{config}.yaml", *words,
             f"run.dir={self.scratch / name}", f"train.device={device or self.device}", "data.valid=''",
             f"data.pack={self.fashion}", f"train.lanes={self.sizes.lanes}", f"train.batch={self.sizes.batch}",
             f"train.max_steps={self.sizes.steps}", "train.epochs=100000", "schedule.name=constant",
             "checkpoint.every_epochs=0", *overrides],
            environment)

    def train(self, name, *overrides, **where):
        """A training that must succeed."""
        return self.trained(name, self.finish(self.start_training(name, *overrides, **where)))

    def trained(self, name, ended: Ended):
        """The result of a training that has ended: its log and its checkpoint have the same digest."""
        check(ended.code == 0, f"{name} ended with {ended.code}: {ended.last_line()}")
        directory = self.scratch / name
        listing = json.loads(self.lockstep("checkpoints", directory, "--json"))
        digest = one_digest({"the log": state_digest(ended.err), "the checkpoint": newest_digest(listing)})
        return Training(directory, digest, ended.err, ended.seconds)

    def pack(self, source, target, *words):
        self.lockstep("pack", source, "--out", target, *words)
        return target

    @functools.cached_property
    def raw_pictures(self):
        return data.raw_pack(self.pack, self.scratch, self.sizes.images)

    @functools.cached_property
    def photographs(self):
        return data.photo_pack(self.installation.data, self.pack, self.scratch, self.sizes.images)

    def wait_for(self, job, what, happened):
        """Waits until `happened()`, which must be while the job runs."""
        while not (found := happened()):
            if job.ended():
                raise Failed(f"the job ended before {what}: {self.finish(job).last_line()}")
            check(self.left() > 0, f"no time left to wait for {what}")
            time.sleep(0.01)
        return found
