#!/usr/bin/env python3
"""Writes small files of torch.save to tests/models/golden/, and torchvision's interpolated position embeddings.

    pip install -r tools/golden/requirements-models.txt
    tools/golden/weights.py tests/models/golden
"""
import json
import pathlib
import sys
from collections import OrderedDict

import torch
from torchvision.models.vision_transformer import interpolate_embeddings


def state():
    weight = torch.arange(6, dtype=torch.float32).reshape(2, 3) / 4
    return OrderedDict([("module.fc.weight", weight.t().contiguous().t()),  # strides (1, 2)
                        ("module.fc.bias", torch.tensor([0.5, -2.0], dtype=torch.float16)),
                        ("module.bn.num_batches_tracked", torch.tensor(7))])


def main():
    target = pathlib.Path(sys.argv[1])
    torch.save({"epoch": 3, "state_dict": state(), "best": 0.5}, target / "zip.pth")
    torch.save(state(), target / "before_1_6.pth", _use_new_zipfile_serialization=False)
    embeddings = torch.sin(torch.arange(10 * 2, dtype=torch.float32)).reshape(1, 10, 2)
    resized = interpolate_embeddings(64, 16, OrderedDict({"encoder.pos_embedding": embeddings}))
    values = resized["encoder.pos_embedding"].flatten().tolist()
    (target / "embeddings.json").write_text(json.dumps([float(f"{v:.7g}") for v in values]) + "\n")


if __name__ == "__main__":
    main()
