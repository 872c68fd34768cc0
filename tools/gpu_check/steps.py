"""The steps, the most important first. docs/gpu.md says what each proves."""
from dataclasses import dataclass
from typing import Callable

import fault_steps
import rank_steps
import speed_steps
import value_steps


@dataclass
class Step:
    name: str
    run: Callable  # takes a Rig; returns a fact of one line and figures, or raises Failed or Skip
    expected: int  # seconds on a GPU: where less is left of the budget, the step is skipped
    limit: int  # seconds on a GPU after which its processes are ended and it has failed
    needs: str = ""  # an earlier step: if that one hung, this one would too


STEPS = [
    Step("device-tests", rank_steps.device_tests, 30, 100),
    Step("one-rank", rank_steps.one_rank, 10, 40),
    Step("shared-gpu", rank_steps.shared_gpu, 45, 90),
    Step("digests", rank_steps.digests, 60, 120, "shared-gpu"),
    Step("resume", fault_steps.resume, 45, 90, "shared-gpu"),
    Step("dead-rank", fault_steps.dead_rank, 15, 40, "shared-gpu"),
    Step("stalled-rank", fault_steps.stalled_rank, 25, 50, "shared-gpu"),
    Step("memory", fault_steps.memory, 45, 90),
    Step("losses", value_steps.losses, 20, 60),
    Step("checkpoint", value_steps.checkpoint, 15, 40),
    Step("speed-resnet18", speed_steps.speed_resnet18, 50, 100),
    Step("speed-resnet50", speed_steps.speed_resnet50, 60, 130),
]
