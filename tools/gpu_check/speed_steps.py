"""Steps about speed: lockstep and PyTorch train the same network in turn."""
import itertools

import judge
from turns import medians, spread, take_turns

LOG_EVERY = 2
EXACT, FAST, JPEG = "lockstep exact, from memory", "lockstep fast, from memory", "lockstep exact, from JPEGs"
PEER, DETERMINISTIC = "PyTorch", "PyTorch, deterministic"


def speed_resnet18(rig):
    return speed(rig, "resnet18")


def speed_resnet50(rig):
    return speed(rig, "resnet50")


def speed(rig, model):
    """Images/s of training, in turn; medians, and the ratio that the step is judged by. There is a second round if the
    first has taken less than half of the time."""
    rig.installation.need_modules("torch", "torchvision")
    sizes = rig.sizes
    number = itertools.count()

    def ours(pack, reduction):
        name = f"speed-{model}-{next(number)}"
        training = rig.train(
            name, f"data.pack={pack}", f"train.reduction={reduction}", f"model.name={model}", "train.precision=bf16",
            f"data.image_size={sizes.side}", "data.augment.preset=none", f"train.batch={sizes.speed_batch}",
            "train.lanes=1", f"train.max_steps={sizes.speed_steps}", f"log.every_steps={LOG_EVERY}",
            f"data.workers={max(1, rig.cores - 2)}", "optimizer.lr=0.01", config="images")
        return {"images_per_second": judge.images_per_second(training.metrics(), sizes.warmup // LOG_EVERY)}

    raw, photos = rig.raw_pictures, rig.photographs
    shape = (model, rig.device, sizes.side, sizes.speed_batch, sizes.warmup, sizes.timed)
    with rig.start_peer("peer_speed.py", *shape) as peer:
        peer.ask({"deterministic": False}, rig.left())  # not counted: until then it starts, beside the first contender
        before = rig.left()
        rows = take_turns({
            EXACT: lambda: ours(raw, "exact"),
            PEER: lambda: peer.ask({"deterministic": False}, rig.left()),
            FAST: lambda: ours(raw, "fast"),
            DETERMINISTIC: lambda: peer.ask({"deterministic": True}, rig.left()),
            JPEG: lambda: ours(photos, "exact"),
        }, sizes.rounds, lambda: rig.left() > before / 2)
    ratio = judge.speed_ratio(rows, EXACT, DETERMINISTIC, rig.device)
    rate = medians(rows, "images_per_second")
    return (f"exact {rate[EXACT]:,.0f} images/s, {ratio:.2f} of PyTorch deterministic, {rate[EXACT] / rate[PEER]:.2f} "
            f"of PyTorch", {"rounds": rows, "median": {name: spread(rows, name, "images_per_second") for name in rows}})
