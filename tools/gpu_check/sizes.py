"""How much each step does: enough to prove it on a GPU, and little enough for a rehearsal on a CPU."""
import os
from dataclasses import dataclass


@dataclass
class Sizes:
    parallel: int  # trainings at a time where speed does not matter
    ranks: tuple = (1, 2, 3, 4)
    lanes: int = 5
    batch: int = 32  # of a lane
    steps: int = 8
    long_steps: int = 400  # of a run that is killed in the middle
    checkpoint_every: int = 20
    losses: int = 20
    split: int = 4000  # images of a split, where the pack is made here
    side: int = 224  # from here on: of the speeds
    speed_batch: int = 256
    warmup: int = 20
    timed: int = 40
    rounds: int = 2
    images: int = 5120

    @property
    def speed_steps(self):
        return self.warmup + self.timed


def choose_sizes(device, short):
    cores = len(os.sched_getaffinity(0))
    if device == "cuda":
        few = {"rounds": 1, "timed": 20, "long_steps": 200} if short else {}
        return Sizes(parallel=max(1, min(4, cores // 4)), **few)
    cpu = {"parallel": 1, "batch": 8, "steps": 4, "long_steps": 120, "losses": 10, "split": 1000,
           "side": 64, "speed_batch": 8, "warmup": 2, "timed": 6, "rounds": 2, "images": 64}
    if short:
        cpu |= {"ranks": (1, 3), "steps": 2, "long_steps": 60, "checkpoint_every": 10, "rounds": 1}
    return Sizes(**cpu)
