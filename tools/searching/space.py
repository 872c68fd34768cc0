"""What a search is told: the YAML file of its space, and what can be taken away from a config."""
import dataclasses
import pathlib

import yaml

MAXIMIZED = ("accuracy", "top5_accuracy", "f1", "macro_f1", "exact_match", "r2", "auc", "average_precision")
MINIMIZED = ("loss", "mae", "mse", "rmse", "hamming_loss")

# What a config may use, and the values that are without it.
PARTS = {
    "random crop": {"data.augment.crop": "centre"},
    "padded crop": {"data.augment.crop_padding": 0},
    "flip": {"data.augment.flip": "none"},
    "shear": {"data.augment.shear": 0},
    "zoom": {"data.augment.zoom_min": 1, "data.augment.zoom_max": 1},
    "rotation": {"data.augment.rotate": 0},
    "translation": {"data.augment.translate": 0},
    "perspective": {"data.augment.warp": 0},
    "brightness": {"data.augment.brightness": 0},
    "contrast": {"data.augment.contrast": 0},
    "saturation": {"data.augment.saturation": 0},
    "hue": {"data.augment.hue": 0},
    "greyscale": {"data.augment.greyscale": 0},
    "policy": {"data.augment.policy": "none"},
    "erasing": {"data.augment.erase": 0},
    "mixup": {"data.augment.mixup": 0},
    "CutMix": {"data.augment.cutmix": 0},
    "balancing": {"data.balance": "none"},
    "normalisation": {"data.normalise": "pixel"},
    "BatchNorm": {"model.norm": "none"},
    "dropout": {"model.dropout": 0},
    "stochastic depth": {"model.drop_path": 0},
    "label smoothing": {"task.label_smoothing": 0},
    "weight decay": {"optimizer.weight_decay": 0},
    "gradient clipping": {"optimizer.clip_norm": 0, "optimizer.clip_value": 0},
    "warm-up": {"schedule.warmup_epochs": 0},
    "progressive resizing": {"train.image_size": []},
}


class BadSpace(Exception):
    pass


@dataclasses.dataclass
class Parameter:
    """One key's values: `choices`, or a range from `low` to `high`."""
    choices: list = None
    low: float = 0
    high: float = 0
    log: bool = False
    whole: bool = False

    def suggest(self, trial, key):
        if self.choices is not None:
            return trial.suggest_categorical(key, self.choices)
        if self.whole:
            return trial.suggest_int(key, int(self.low), int(self.high), log=self.log)
        return trial.suggest_float(key, self.low, self.high, log=self.log)


@dataclasses.dataclass
class Space:
    config: pathlib.Path
    metric: str
    direction: str  # "minimize", "maximize"
    parameters: dict
    fixed: dict
    out: pathlib.Path
    sampler: str
    pruner: str
    trials: int
    seeds: int
    ranks: int


def direction_of(metric):
    name = metric.rpartition("/")[2]
    if name in MAXIMIZED:
        return "maximize"
    if name in MINIMIZED:
        return "minimize"
    raise BadSpace(f"is '{metric}' better where it is higher? Say `direction: maximize` or `direction: minimize`")


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def parameter_of(key, value):
    if isinstance(value, list) and value:
        # Optuna keeps plain values; a list among them is one as the command line has it.
        return Parameter(choices=[str(item) if isinstance(item, (list, dict)) else item for item in value])
    if isinstance(value, dict) and len(value) == 1:
        kind, ends = next(iter(value.items()))
        if kind in ("uniform", "log", "int", "log_int") and isinstance(ends, list) and len(ends) == 2 and all(map(is_number, ends)):
            low, high = ends
            if low < high and (low > 0 or not kind.startswith("log")):
                return Parameter(low=low, high=high, log=kind.startswith("log"), whole=kind.endswith("int"))
    raise BadSpace(f"'{key}' must be a list of values, or one of {{uniform: [low, high]}}, {{log: [low, high]}}, {{int: [low, high]}}, "
                   f"{{log_int: [low, high]}}, and is {value!r}")


def read_space(path):
    """The search that a YAML file describes; raises BadSpace, which says what is wrong with it."""
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSpace(f"cannot read '{path}': {error}")
    if not isinstance(document, dict):
        raise BadSpace(f"'{path}' is not a list of keys and values")
    defaults = {"config": None, "metric": "valid/loss", "direction": None, "parameters": {}, "fixed": {}, "out": f"runs/{path.stem}",
                "sampler": "tpe", "pruner": "hyperband", "trials": 20, "seeds": 1, "ranks": 1}
    if unknown := set(document) - set(defaults):
        raise BadSpace(f"'{path}' has the unknown key '{sorted(unknown)[0]}'; known are {', '.join(defaults)}")
    document = {**defaults, **document}
    for key, kind in {"config": str, "metric": str, "out": str, "parameters": dict, "fixed": dict}.items():
        if not isinstance(document[key], kind) or not document[key] and kind is str:
            raise BadSpace(f"'{key}' of '{path}' is {document[key]!r}, and must be {'a text' if kind is str else 'keys with values'}")
    for key in ("trials", "seeds", "ranks"):
        if not isinstance(document[key], int) or isinstance(document[key], bool) or document[key] < 1:
            raise BadSpace(f"'{key}' of '{path}' is {document[key]!r}, and must be a whole number from 1 on")
    for key, known in {"sampler": ("tpe", "random", "grid"), "pruner": ("hyperband", "median", "none"),
                       "direction": ("minimize", "maximize", None)}.items():
        if document[key] not in known:
            raise BadSpace(f"'{key}' of '{path}' is {document[key]!r}, and must be one of {', '.join(filter(None, known))}")
    for key in ("run.dir", "run.seed"):
        if key in document["parameters"] or key in document["fixed"]:
            raise BadSpace(f"'{key}' is the search's own: see `out` and `seeds`")
    document["direction"] = document["direction"] or direction_of(document["metric"])
    document["parameters"] = {key: parameter_of(key, value) for key, value in document["parameters"].items()}
    document["config"], document["out"] = pathlib.Path(document["config"]), pathlib.Path(document["out"]).resolve()
    return Space(**document)


def parts_in(config):
    """What of PARTS a resolved config uses: {name: overrides that take it away}."""
    def value_at(key):
        value = config
        for name in key.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return {name: off for name, off in PARTS.items()
            if any(value_at(key) is not None and value_at(key) != value for key, value in off.items())}
