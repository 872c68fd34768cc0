"""Steps about values: losses of a GPU and a CPU, and a checkpoint in another program."""
import json

import judge

# What a GPU and a CPU can do alike: nothing that draws from LibTorch's random numbers.
CALM = ["train.precision=fp32", "model.dropout=0", "log.every_steps=1"]
# The rate of resnet18 is so small because rounding grows in it from step to step: PyTorch's own losses with one and with
# two threads differ by 1e-2 after a few steps at an ordinary rate. So it takes two steps, one of them after an update.
RATES = {"simple_cnn": 0.02, "resnet18": 1e-5}


def step_losses(training):
    return [row["loss"] for row in training.metrics() if row["kind"] == "step"]


def losses(rig):
    """The losses of the first steps on the device and on the CPU (of two CPU runs, with two threads and with one)."""
    sides = {"device": (rig.device, "train.threads=2"), "cpu": ("cpu", "train.threads=1")}
    figures = {}
    for model, rate in RATES.items():
        steps = rig.sizes.losses if model == "simple_cnn" else 2
        words = [*CALM, f"model.name={model}", f"train.max_steps={steps}", f"optimizer.lr={rate}"]
        found = {side: step_losses(rig.train(f"losses-{model}-{side}", *words, threads, device=device))
                 for side, (device, threads) in sides.items()}
        figures[model] = {**found, "worst": judge.losses_agree(found["device"], found["cpu"], steps)}
    worst = ", ".join(f"{figure['worst']:.1g} ({model})" for model, figure in figures.items())
    return f"the losses differ by at most {worst}", figures


def checkpoint(rig):
    """model.safetensors in torchvision's resnet18: loss and accuracy of `lockstep eval`."""
    rig.installation.need_modules("torch", "torchvision", "safetensors", "numpy")
    training = rig.train("checkpoint", *CALM, "model.name=resnet18", "data.channels=3", "data.augment.flip=none",
                         f"train.max_steps={rig.sizes.losses}", "optimizer.lr=0.02")
    ours = json.loads(rig.lockstep("eval", training.directory, "--split", "valid", "--batch", 250,
                              "--device", rig.device, "--json"))
    theirs = rig.peer("peer_checkpoint.py", ours["checkpoint"], rig.fashion, rig.device, ours["evaluated"])
    turned = judge.same_evaluation(ours, theirs, ours["evaluated"])
    return (f"{ours['evaluated']} images: loss {ours['loss']:.5f} and {theirs['loss']:.5f}, {turned} classes differ",
            {"lockstep": ours, "torchvision": theirs})
