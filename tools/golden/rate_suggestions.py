#!/usr/bin/env python3
"""What fastai's lr_find suggests on some curves, for tests/trainer/rate_suggestion_test.cc.

    pip install fastai==2.8.12 numpy torch && python tools/golden/rate_suggestions.py

Writes tests/trainer/rate_suggestions.json: rates, losses of each step, the smoothed ones, and the rate that each rule finds in
these without the first tenth and the last 5, as Learner.lr_find does. FASTAI may name a folder with fastai's sources: the four
rules are taken from there without fastai's own dependencies."""
import json
import math
import os
import pathlib
import re

import numpy as np
import torch


def rules():
    """fastai's four functions, by name."""
    try:
        from fastai.callback import schedule
        return {name: getattr(schedule, name) for name in ("valley", "slide", "steep", "minimum")}
    except ImportError:
        source = (pathlib.Path(os.environ["FASTAI"]) / "fastai/callback/schedule.py").read_text()
        scope = {"np": np, "to_np": lambda values: values.numpy()}
        for name in ("valley", "slide", "steep", "minimum"):
            exec(re.search(rf"^def {name}\(.*?(?=^# %%|^@)", source, re.S | re.M).group(0), scope)
        return {name: scope[name] for name in ("valley", "slide", "steep", "minimum")}


def noise(i, seed):
    return math.sin(12.9898 * i + 78.233 * seed) * math.cos(4.1414 * i * (seed + 1))


def curve(seed, bottom, blow_up, noisy, steps=100):
    """A loss that falls from 2.3 around `bottom` and rises from `blow_up` on, over the exponent of the rate."""
    rates = [1e-7 * (10 / 1e-7) ** (i / (steps - 1)) for i in range(steps)]
    losses = []
    for i, rate in enumerate(rates):
        x = math.log10(rate)
        loss = 2.3 - 1.6 / (1 + math.exp(-2 * (x - bottom))) + math.exp(min(3 * (x - blow_up), 4))
        losses.append(round(loss + noisy * noise(i, seed), 6))
    return rates, losses


def smooth(losses):
    """fastai's Recorder: an average with beta 0.98, its begin corrected; the sweep ends where it is 4 times the least."""
    average, least, result = 0.0, math.inf, []
    for i, loss in enumerate(losses):
        average = 0.98 * average + 0.02 * loss
        result.append(average / (1 - 0.98 ** (i + 1)))
        least = min(least, result[-1])
        if result[-1] > 4 * least:
            break
    return result


cases = []
for seed, bottom, blow_up, noisy in [(1, -3, 0, 0.02), (2, -2, 0.5, 0.1), (3, -4, -1, 0.3), (4, -1.5, 2, 0.05)]:
    rates, losses = curve(seed, bottom, blow_up, noisy)
    smoothed = smooth(losses)
    used = slice(len(losses) // 10, len(smoothed) - 5)
    r, s = torch.tensor(rates[: len(smoothed)], dtype=torch.double)[used], torch.tensor(smoothed, dtype=torch.double)[used]
    found = {name: rule(r, s, len(losses))[0] for name, rule in rules().items()}
    cases.append({"rates": rates[: len(smoothed)], "losses": losses[: len(smoothed)], "smoothed": smoothed, "planned": len(losses),
                  "suggestions": found})
path = pathlib.Path(__file__).resolve().parents[2] / "tests/trainer/rate_suggestions.json"
path.write_text(json.dumps({"fastai": "2.8.12", "cases": cases}, indent=0) + "\n")
