"""Evaluates a checkpoint of lockstep's resnet18 with torchvision's, on the split `valid` of a pack of raw grey images.

    python3 peer_checkpoint.py CHECKPOINT PACK DEVICE IMAGES

Opens model.safetensors with safetensors, and the shard by the addresses in pack.json, as docs/pack-format.md describes
it. Prints a JSON object: evaluated, loss, accuracy."""
import json
import pathlib
import sys

import numpy
import safetensors.torch
import torch
import torchvision

RECORD = numpy.dtype([("offset", "<u8"), ("size", "<u4"), ("height", "<u4"), ("width", "<u4"), ("channels", "u1"),
                      ("gap", "V3"), ("hash", "<u8"), ("label", "<i8")])


def read_split(pack, images):
    """Images, float in [0, 1] [N, 1, H, W], and labels of the first shard of `valid`."""
    description = json.loads((pack / "pack.json").read_text())
    (shard,) = description["splits"]["valid"]["shards"]
    content = (pack / shard["file"]).read_bytes()
    index = numpy.frombuffer(content, RECORD, shard["samples"], shard["index"]["address"])[:images]
    start = shard["bytes"]["address"]
    height, width = int(index["height"][0]), int(index["width"][0])
    pixels = numpy.stack([numpy.frombuffer(content, numpy.uint8, height * width, start + int(offset))
                          for offset in index["offset"]]).reshape(-1, 1, height, width)
    return description, torch.from_numpy(pixels).float() / 255, torch.from_numpy(index["label"].copy())


@torch.no_grad()
def main():
    checkpoint, pack, device, images = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    torch.backends.cudnn.allow_tf32 = False
    description, x, y = read_split(pack, images)
    model = torchvision.models.resnet18(num_classes=len(description["classes"]))
    weights = safetensors.torch.load_file(checkpoint / "model.safetensors")
    model.load_state_dict(weights, strict=True)
    model.eval().to(device)
    x = ((x - description["mean"][0]) / description["std"][0]).expand(-1, 3, -1, -1)
    logits = torch.cat([model(batch.to(device)).cpu() for batch in x.split(250)])
    print(json.dumps({
        "evaluated": len(y),
        "loss": torch.nn.functional.cross_entropy(logits, y).item(),
        "accuracy": (logits.argmax(dim=1) == y).float().mean().item(),
    }))


main()
