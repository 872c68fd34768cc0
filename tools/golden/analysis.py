#!/usr/bin/env python3
"""What scikit-learn and SciPy make of random answers, for tests/analysis/analysis_golden_test.cc.

    pip install scikit-learn==1.9.1 scipy==1.17.1 numpy && python tools/golden/analysis.py

Writes tests/analysis/golden.json: answers and truths, weights (how often a resample has each sample), and the figures."""
import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.calibration import calibration_curve

BINS = 15


def plain(value):
    """For JSON: numbers that are none are null."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    return value.item() if isinstance(value, np.generic) else value


def calibration(probabilities, came):
    """scikit-learn's bins that are not empty, and the error that follows from them."""
    frequency, probability = calibration_curve(came, probabilities, n_bins=BINS)
    which = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], probabilities)
    counts = np.bincount(which, minlength=BINS)
    apart = np.abs(frequency - probability)
    return {"probabilities": probabilities, "came": came, "bin_counts": counts, "frequency": frequency, "probability": probability,
            "expected": np.sum(counts[counts > 0] * apart) / len(came), "largest": apart.max()}


def temperature(loss):
    found = minimize_scalar(lambda log_t: loss(np.exp(log_t)), bounds=(np.log(0.01), np.log(100)), method="bounded",
                            options={"xatol": 1e-10})
    return {"temperature": np.exp(found.x), "before": loss(1.0), "after": found.fun}


def classes(random, samples, count, weighted):
    truths = random.integers(0, count - 1, samples)  # the last class has no sample
    logits = np.round(random.normal(size=(samples, count)), 1).astype(np.float32) * 2
    logits[np.arange(samples), truths] += random.choice([0, 2, 4], samples).astype(np.float32)
    logits[:, 1] -= 100 * (count > 4)  # is never predicted
    weights = random.integers(0, 3, samples) if weighted else np.ones(samples, int)
    predicted = logits.argmax(1)
    names = list(range(count))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truths, predicted, labels=names, sample_weight=weights, zero_division=np.nan)
    wide = logits.astype(np.float64)
    probabilities = softmax(wide, axis=1)
    result = {"classes": count, "logits": logits.ravel(), "truths": truths, "weights": weights, "predicted": predicted,
              "confusion": metrics.confusion_matrix(truths, predicted, labels=names).ravel(), "precision": precision,
              "recall": recall, "f1": f1, "support": support,
              "accuracy": metrics.accuracy_score(truths, predicted, sample_weight=weights),
              "balanced_accuracy": metrics.balanced_accuracy_score(truths, predicted, sample_weight=weights),
              "f1_macro": metrics.f1_score(truths, predicted, labels=names, average="macro", sample_weight=weights, zero_division=np.nan),
              "calibration": calibration(probabilities.max(1), predicted == truths),
              "temperature": temperature(lambda t: -np.mean(log_softmax(wide / t, axis=1)[np.arange(samples), truths]))}
    return result


def ranking(random, samples, weighted):
    scores = np.round(random.normal(size=samples), 1).astype(np.float32)
    positive = scores + random.normal(size=samples) > 0.3
    weights = random.integers(0, 3, samples) if weighted else np.ones(samples, int)
    return {"scores": scores, "positive": positive, "weights": weights,
            "roc_area": metrics.roc_auc_score(positive, scores, sample_weight=weights),
            "average_precision": metrics.average_precision_score(positive, scores, sample_weight=weights)}


def labels(random, samples, count):
    logits = np.round(random.normal(size=(samples, count)), 1).astype(np.float32)
    truths = (logits + random.normal(size=(samples, count)) > 0.4).astype(int)
    weights = random.integers(0, 3, samples)
    predicted = (logits > 0).astype(int)
    return {"labels": count, "logits": logits.ravel(), "truths": truths.ravel(), "weights": weights,
            "f1": metrics.f1_score(truths, predicted, average="micro", sample_weight=weights),
            "f1_macro": metrics.f1_score(truths, predicted, average="macro", sample_weight=weights, zero_division=1),
            "exact_match": metrics.accuracy_score(truths, predicted, sample_weight=weights),
            "map": metrics.average_precision_score(truths, logits, average="macro", sample_weight=weights),
            "auroc": metrics.roc_auc_score(truths, logits, average="macro", sample_weight=weights)}


def flags(random, samples):
    logits = random.normal(size=samples).astype(np.float32) * 3
    came = logits + 2 * random.normal(size=samples) > 0
    wide = logits.astype(np.float64)
    return {"logits": logits, "came": came, "calibration": calibration(expit(wide), came),
            "temperature": temperature(lambda t: metrics.log_loss(came, expit(wide / t)))}


def numbers(random, samples, weighted):
    truths = random.normal(40, 15, samples)
    predictions = truths + random.normal(1, 5, samples)
    weights = random.integers(0, 3, samples) if weighted else np.ones(samples, int)
    result = {"truths": truths, "predictions": predictions, "weights": weights,
              "mae": metrics.mean_absolute_error(truths, predictions, sample_weight=weights),
              "rmse": metrics.root_mean_squared_error(truths, predictions, sample_weight=weights),
              "r2": metrics.r2_score(truths, predictions, sample_weight=weights),
              "bias": np.average(predictions - truths, weights=weights)}
    edges = np.quantile(truths, np.linspace(0, 1, 6))
    which = np.minimum(np.searchsorted(edges, truths, side="right"), 5) - 1
    result["edges"] = edges
    result["range_mae"] = [metrics.mean_absolute_error(truths[which == i], predictions[which == i]) for i in range(5)]
    return result


random = np.random.default_rng(7)
golden = {
    "scikit-learn": sklearn.__version__, "scipy": scipy.__version__,
    "classes": [classes(random, 60, 4, False), classes(random, 80, 6, True), classes(random, 50, 2, False)],
    "labels": [labels(random, 60, 3)],
    "rankings": [ranking(random, 60, False), ranking(random, 60, True), ranking(random, 300, True)],
    "flags": [flags(random, 80)],
    "numbers": [numbers(random, 60, False), numbers(random, 60, True)],
    "even_odds": [{"few": few, "many": many, "p": binomtest(few, few + many, 0.5).pvalue}
                  for few, many in [(0, 1), (0, 9), (3, 12), (5, 5), (40, 61), (900, 1100)]],
    "quantiles": [{"values": np.sort(values), "part": part, "quantile": np.quantile(values, part)}
                  for values, part in [(random.normal(size=41), 0.025), (random.normal(size=10), 0.975), (np.array([2.5]), 0.3)]],
}
path = pathlib.Path(__file__).resolve().parents[2] / "tests/analysis/golden.json"
path.write_text(json.dumps(plain(golden), indent=None, separators=(",", ":")).replace('"classes":[', '\n"classes":[') + "\n")
