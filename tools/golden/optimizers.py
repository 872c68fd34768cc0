#!/usr/bin/env python3
"""Where timm's optimizers come to in 20 steps, for tests/trainer/optimizer/optimizer_test.cc.

    pip install -r tools/golden/requirements-models.txt && python tools/golden/optimizers.py

Writes tests/trainer/optimizer/golden.json: the values of a 4x5 weight and of a bias of 3 at the start, their gradients and the
rate in each step, and for each optimizer the values at the end. The bias has no weight decay and so, in timm, no trust ratio."""
import json
import math
import pathlib

import timm
import torch
from timm.optim import Lamb, Lars, Lion, RMSpropTF

STEPS = 20
RATE = 0.01


def numbers(seed):
    return [round(math.sin(1.3 * i + 0.7 * seed) + 0.1 * math.cos(5.1 * i * seed), 6) for i in range(23)]


def end(make, weight_decay, bias_decay):
    start, rates = numbers(0), [RATE * (1 + 0.1 * step) for step in range(STEPS)]
    weight = torch.nn.Parameter(torch.tensor(start[:20]).reshape(4, 5))
    bias = torch.nn.Parameter(torch.tensor(start[20:]))
    optimizer = make([{"params": [weight], "weight_decay": weight_decay}, {"params": [bias], "weight_decay": bias_decay}])
    for step in range(STEPS):
        gradient = torch.tensor(numbers(step + 1))
        weight.grad, bias.grad = gradient[:20].reshape(4, 5).clone(), gradient[20:].clone()
        for group in optimizer.param_groups:
            group["lr"] = rates[step]
        optimizer.step()
    return [round(value, 7) for value in torch.cat([weight.detach().flatten(), bias.detach()]).tolist()]


def main():
    decay = 0.05
    cases = [
        {"name": "rmsprop_tf", "weight_decay": decay, "alpha": 0.9, "epsilon": 1e-3,
         "end": end(lambda groups: RMSpropTF(groups, lr=RATE, alpha=0.9, eps=1e-3, momentum=0.9), decay, decay)},
        {"name": "lion", "weight_decay": decay, "beta2": 0.99,
         "end": end(lambda groups: Lion(groups, lr=RATE, betas=(0.9, 0.99)), decay, decay)},
        {"name": "lars", "weight_decay": decay,
         "end": end(lambda groups: Lars(groups, lr=RATE, momentum=0.9, eps=1e-8), decay, 0)},
        {"name": "lars", "weight_decay": decay, "nesterov": True,
         "end": end(lambda groups: Lars(groups, lr=RATE, momentum=0.9, nesterov=True, eps=1e-8), decay, 0)},
        {"name": "lamb", "weight_decay": decay, "epsilon": 1e-6,
         "end": end(lambda groups: Lamb(groups, lr=RATE, eps=1e-6, max_grad_norm=None), decay, 0)},
    ]
    golden = {"timm": timm.__version__, "start": numbers(0), "gradients": [numbers(step + 1) for step in range(STEPS)],
              "rates": [RATE * (1 + 0.1 * step) for step in range(STEPS)], "cases": cases}
    path = pathlib.Path(__file__).parents[2] / "tests/trainer/optimizer/golden.json"
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items())
    path.write_text(f"{{{lines}}}\n")


main()
