#!/usr/bin/env python3
"""What torch.optim.lr_scheduler makes of a rate of 1, for tests/trainer/schedule/lr_schedule_test.cc.

    pip install -r tools/golden/requirements-models.txt && python tools/golden/schedules.py

Writes tests/trainer/schedule/golden.json: for each schedule its options as our configs name them, the run's epochs, and the rate
at times in epochs (of plateau: in each epoch, after the losses of those before)."""
import json
import math
import pathlib

import torch
from torch.optim import lr_scheduler

EPOCHS = 20


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)


def at_epochs(make):
    """The rate in each epoch of a scheduler that is stepped once an epoch."""
    sgd = optimizer()
    scheduler = make(sgd)
    rates = []
    for epoch in range(EPOCHS):
        rates.append([epoch, sgd.param_groups[0]["lr"]])
        sgd.step()
        scheduler.step()
    return rates


def warm_restarts(**options):
    sgd = optimizer()
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(sgd, **options)
    rates = []
    for i in range(EPOCHS * 4):
        scheduler.step(i / 4)
        rates.append([i / 4, sgd.param_groups[0]["lr"]])
    return rates


def one_cycle(steps=100_000, **options):
    """With so many steps that one more or less is not seen: its rise ends a step early."""
    sgd = optimizer()
    scheduler = lr_scheduler.OneCycleLR(sgd, max_lr=1.0, total_steps=steps, **options)
    rates = []
    for step in range(steps - 1):
        if step % (steps // 80) == 0:
            rates.append([EPOCHS * step / steps, sgd.param_groups[0]["lr"]])
        sgd.step()
        scheduler.step()
    return rates


def plateau(values, **options):
    sgd = optimizer()
    scheduler = lr_scheduler.ReduceLROnPlateau(sgd, eps=0, **options)
    rates = []
    for epoch, value in enumerate(values):
        rates.append([epoch, sgd.param_groups[0]["lr"]])
        scheduler.step(value)
    return rates


def phases(texts, parts):
    """`parts`: for each phase its scheduler of an optimizer, and the epoch at which it begins."""
    def sequence(sgd):
        schedulers = [make(sgd) for make, _ in parts]
        return lr_scheduler.SequentialLR(sgd, schedulers, [begin for _, begin in parts[1:]])
    return {"options": {"name": "phases", "phases": texts}, "rates": at_epochs(sequence)}


def main():
    losses = [round(1 / (1 + 0.5 * i) + 0.25 * math.sin(1.7 * i) ** 2, 6) for i in range(60)]
    cases = [
        {"options": {"name": "step", "step_epochs": 6, "gamma": 0.5},
         "rates": at_epochs(lambda sgd: lr_scheduler.StepLR(sgd, 6, 0.5))},
        {"options": {"name": "multi_step", "milestones": [3, 11, 12], "gamma": 0.2},
         "rates": at_epochs(lambda sgd: lr_scheduler.MultiStepLR(sgd, [3, 11, 12], 0.2))},
        {"options": {"name": "exponential", "gamma": 0.9},
         "rates": at_epochs(lambda sgd: lr_scheduler.ExponentialLR(sgd, 0.9))},
        {"options": {"name": "polynomial", "power": 2},
         "rates": at_epochs(lambda sgd: lr_scheduler.PolynomialLR(sgd, EPOCHS, 2.0))},
        {"options": {"name": "cosine"}, "rates": at_epochs(lambda sgd: lr_scheduler.CosineAnnealingLR(sgd, EPOCHS))},
        {"options": {"name": "warm_restarts", "cycle_epochs": 3, "cycle_mult": 2},
         "rates": warm_restarts(T_0=3, T_mult=2)},
        {"options": {"name": "warm_restarts", "cycle_epochs": 4}, "rates": warm_restarts(T_0=4)},
        {"options": {"name": "one_cycle"}, "rates": one_cycle()},
        {"options": {"name": "one_cycle", "pct_start": 0.1, "div_factor": 10, "final_div_factor": 100},
         "rates": one_cycle(pct_start=0.1, div_factor=10, final_div_factor=100)},
        {"options": {"name": "plateau", "patience": 2, "factor": 0.5, "threshold": 0.01},
         "values": losses, "rates": plateau(losses, patience=2, factor=0.5, threshold=0.01)},
        {"options": {"name": "plateau", "patience": 1, "factor": 0.3, "cooldown": 3, "min_factor": 0.02},
         "values": losses, "rates": plateau(losses, patience=1, factor=0.3, cooldown=3, min_lr=0.02)},
        {"options": {"name": "plateau", "patience": 0, "factor": 0.7, "metric": "valid/accuracy"},
         "values": losses, "rates": plateau(losses, patience=0, factor=0.7, mode="max")},
        phases(["linear 2 from 0.1 to 1", "constant 6", "cosine 8 to 0.01"],
               [(lambda sgd: lr_scheduler.LinearLR(sgd, 0.1, 1, 2), 0),
                (lambda sgd: lr_scheduler.ConstantLR(sgd, 1, 6), 2),
                (lambda sgd: lr_scheduler.CosineAnnealingLR(sgd, 8, 0.01), 8),
                (lambda sgd: lr_scheduler.LambdaLR(sgd, lambda _: 0.01), 16)]),
        phases(["constant 3 from 0.5", "exponential 10 from 1 to 0.01", "linear 4 from 1 to 0"],
               [(lambda sgd: lr_scheduler.LambdaLR(sgd, lambda _: 0.5), 0),
                (lambda sgd: lr_scheduler.ExponentialLR(sgd, 0.01 ** 0.1), 3),
                (lambda sgd: lr_scheduler.LinearLR(sgd, 1, 0, 4), 13)]),
    ]
    path = pathlib.Path(__file__).parents[2] / "tests/trainer/schedule/golden.json"
    lines = ",\n".join(json.dumps(case) for case in cases)
    path.write_text(f'{{"torch": "{torch.__version__.split("+")[0]}", "epochs": {EPOCHS}, "cases": [\n{lines}\n]}}\n')


main()
