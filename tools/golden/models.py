#!/usr/bin/env python3
"""Writes tests/models/golden/: what torchvision's (and timm's) networks compute, and what their tensors are called.

    pip install -r tools/golden/requirements-models.txt
    tools/golden/models.py tests/models/golden

cases.json     for each case: outputs in evaluation and in training mode, loss, the norm of each parameter's gradient, and
               the norm of each buffer after the training pass, all in float64. Weights and images are filled from a formula
               (fill below, and tests/models/formula.h), so that no weights are stored.
networks.json  for every name: parameters, multiply-adds at the usual size, and a hash of all names and shapes.
"""
import json
import pathlib
import re
import sys

import numpy as np
import timm
import torch
import torchvision.models as tv
from torchvision.models import VisionTransformer

OUTPUTS = 5
BATCH = 3


# ---- the formula


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def uniform(name, count):
    """[-1, 1), by splitmix64 of a counter that begins at the name's hash."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1


def fill(name, shape):
    u = uniform(name, int(np.prod(shape))).reshape(shape)
    last = name.rsplit(".", 1)[-1]
    if last == "running_var":
        return 1 + 0.5 * u
    if last == "layer_scale":
        return 0.5 + 0.1 * u
    if last in ("pos_embedding", "class_token") or last == "running_mean" or last.endswith("bias"):
        return 0.1 * u
    if len(shape) == 1:
        return 1 + 0.1 * u
    return u * np.sqrt(3 * shape[0] / np.prod(shape))


# ---- networks of timm under lockstep's names


def lite_names(name):
    if name.startswith("conv_stem."):
        return name.replace("conv_stem", "features.0.0")
    if name.startswith("bn1."):
        return name.replace("bn1", "features.0.1")
    if name.startswith("conv_head."):
        return name.replace("conv_head", "features.8.0")
    if name.startswith("bn2."):
        return name.replace("bn2", "features.8.1")
    if name.startswith("classifier."):
        return name.replace("classifier", "classifier.1")
    stage, block, layer, rest = re.fullmatch(r"blocks\.(\d)\.(\d)\.(\w+)\.(.+)", name).groups()
    first = {"conv_dw": "0.0", "bn1": "0.1", "conv_pw": "1.0", "bn2": "1.1"}
    other = {"conv_pw": "0.0", "bn1": "0.1", "conv_dw": "1.0", "bn2": "1.1", "conv_pwl": "2.0", "bn3": "2.1"}
    return f"features.{int(stage) + 1}.{block}.block.{(first if stage == '0' else other)[layer]}.{rest}"


def vit_names(name):
    for old, new in [("cls_token", "class_token"), ("pos_embed", "encoder.pos_embedding"),
                     ("patch_embed.proj", "conv_proj"), (".norm1.", ".ln_1."), (".norm2.", ".ln_2."),
                     ("attn.qkv.", "self_attention.in_proj_"), ("attn.proj", "self_attention.out_proj"),
                     ("mlp.fc1", "mlp.0"), ("mlp.fc2", "mlp.3"), ("head.", "heads.head.")]:
        name = name.replace(old, new)
    name = re.sub(r"^blocks\.", "encoder.layers.encoder_layer_", name)
    return re.sub(r"^norm\.", "encoder.ln.", name)


def timm_lite(name):
    return lambda size, outputs: timm.create_model(name, num_classes=outputs), lite_names


def timm_vit(name):
    return lambda size, outputs: timm.create_model(name, num_classes=outputs, img_size=size), vit_names


def torchvision(name, **options):
    def make(size, outputs):
        sized = {"image_size": size} if name.startswith("vit") else {}
        return getattr(tv, name)(num_classes=outputs, **options, **sized)

    return make, lambda tensor: tensor


NO_DEPTH = {"stochastic_depth_prob": 0.0}
PLAIN = ("resnet18 resnet34 resnet50 resnet101 resnet152 wide_resnet50_2 wide_resnet101_2 resnext50_32x4d "
         "resnext101_32x8d resnext101_64x4d densenet121 densenet161 densenet169 densenet201 vit_b_16").split()
NETWORKS = {("vit_base_16" if name == "vit_b_16" else name): torchvision(name) for name in PLAIN}
NETWORKS |= {f"efficientnet_b{i}": torchvision(f"efficientnet_b{i}", dropout=0.0, **NO_DEPTH) for i in range(5)}
NETWORKS |= {f"mobilenet_v3_{size}": torchvision(f"mobilenet_v3_{size}", dropout=0.0) for size in ("small", "large")}
NETWORKS |= {f"convnext_{size}": torchvision(f"convnext_{size}", **NO_DEPTH) for size in ("tiny", "small", "base")}
NETWORKS |= {f"{tf}efficientnet_lite{i}": timm_lite(f"{tf}efficientnet_lite{i}") for tf in ("", "tf_") for i in range(5)}
NETWORKS |= {"vit_small_16": timm_vit("vit_small_patch16_224")}

WEIGHTS = {"vit_base_16": tv.ViT_B_16_Weights, "efficientnet_b0": tv.EfficientNet_B0_Weights,
           "efficientnet_b1": tv.EfficientNet_B1_Weights, "efficientnet_b2": tv.EfficientNet_B2_Weights,
           "efficientnet_b3": tv.EfficientNet_B3_Weights, "efficientnet_b4": tv.EfficientNet_B4_Weights}

# One for each kind of block: name -> side of the images.
CASES = {"resnet18": 40, "resnet50": 40, "wide_resnet50_2": 17, "resnext50_32x4d": 24, "densenet121": 40,
         "efficientnet_b0": 24, "efficientnet_b1": 17, "efficientnet_lite0": 24, "tf_efficientnet_lite0": 21,
         "mobilenet_v3_small": 40, "mobilenet_v3_large": 24, "convnext_tiny": 32,
         "vit_small_16": 32, "vit_base_16": 32}


TIMM = {"mobilenet_v3_small": "mobilenetv3_small_100", "mobilenet_v3_large": "mobilenetv3_large_100",
        "vit_small_16": "vit_small_patch16_224", "vit_base_16": "vit_base_patch16_224"}


def hash_of(state):
    """Of names and shapes; counters of batches are not compared."""
    lines = sorted(f"{n} {'x'.join(map(str, t.shape))}\n" for n, t in state.items() if t.dim() > 0)
    return f"{fnv1a(''.join(lines)):016x}"


def timm_hash(name):
    with torch.device("meta"):
        return hash_of(timm.create_model(TIMM.get(name, name)).state_dict())


def renamed(tensors, names):
    return {names(name): tensor for name, tensor in tensors}


def numbers(values):
    return [float(f"{value:.9g}") for value in values]


def run_case(name, side):
    make, names = NETWORKS[name]
    model = make(side, OUTPUTS).double()
    for tensor_name, tensor in renamed(model.state_dict(keep_vars=True).items(), names).items():
        if tensor.is_floating_point():
            tensor.data.copy_(torch.from_numpy(np.asarray(fill(tensor_name, tuple(tensor.shape)))))
    images = torch.from_numpy(uniform("images", BATCH * 3 * side * side).reshape(BATCH, 3, side, side))
    with torch.no_grad():
        evaluated = model.eval()(images)
    outputs = model.train()(images)
    loss = torch.nn.functional.cross_entropy(outputs, torch.arange(BATCH) % OUTPUTS)
    loss.backward()
    return {
        "side": side,
        "evaluated": numbers(evaluated.flatten().tolist()),
        "trained": numbers(outputs.detach().flatten().tolist()),
        "loss": loss.item(),
        "gradients": {n: numbers([p.grad.norm()])[0] for n, p in renamed(model.named_parameters(), names).items()},
        "buffers": {n: numbers([b.norm()])[0] for n, b in renamed(model.named_buffers(), names).items()
                    if b.is_floating_point()},
    }


def multiply_adds(model, side):
    """As torchvision's metadata counts them: of convolutions and matrix products."""
    from torch.utils.flop_counter import FlopCounterMode
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.empty(1, 3, side, side, device="meta"))
    return counter.get_total_flops() // 2


def describe(name, side):
    make, names = NETWORKS[name]
    with torch.device("meta"):
        model = make(side, 1000)
    state = renamed(model.state_dict().items(), names)
    found = {"side": side, "parameters": sum(p.numel() for p in model.parameters()),
             "multiply_adds": multiply_adds(model, side), "names": hash_of(state), "timm": timm_hash(name)}
    weights = WEIGHTS.get(name) or next((w for k, w in vars(tv).items()
                                         if k.lower() == f"{name.replace('_', '')}_weights"
                                         or k.lower() == f"{name}_weights"), None)
    if weights:
        best = weights.IMAGENET1K_V1
        assert best.meta["num_params"] == found["parameters"], name
        size = best.transforms.keywords["crop_size"]
        if size == side:
            found["published_gflops"] = best.meta["_ops"]
    return found


def main():
    target = pathlib.Path(sys.argv[1])
    catalog = pathlib.Path(__file__).parents[2] / "models/catalog/model_catalog.cc"
    sides = dict(re.findall(r'\{"(\w+)", (\d+), [\d\']+, [\d\']+,\s+kT', catalog.read_text()))
    assert set(sides) == set(NETWORKS), set(sides) ^ set(NETWORKS)
    networks = {name: describe(name, int(side)) for name, side in sides.items()}
    (target / "networks.json").write_text(json.dumps(networks, indent=1) + "\n")
    cases = {name: run_case(name, side) for name, side in CASES.items()}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
    (target / "cases.json").write_text("{" + lines + "}\n")


if __name__ == "__main__":
    main()
