"""The regression of accuracy.py in PyTorch: the recipe of training_peer.py on pictures of a table, with one output.

    torchrun --nproc-per-node 2 tools/bench/rotation_peer.py --images FOLDER --epochs 5

FOLDER holds angles.csv (path, angle, split) and its PNG files. The angles are standardised by the training split's mean and
standard deviation, the head's bias begins at 0, and the loss is the mean squared error. Prints one JSON object an epoch: mae, in
degrees, on the split `valid`."""
import argparse
import csv
import json
import pathlib

import numpy
import torch
import torch.distributed
from PIL import Image
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler
from training_peer import LR, LR_BATCH, MOMENTUM, WEIGHT_DECAY, SimpleCnn, rate_factor


def read(folder):
    """Split -> (pixels in [0, 1], angles)."""
    splits = {}
    with open(folder / "angles.csv", newline="") as file:
        for row in csv.DictReader(file):
            pictures, angles = splits.setdefault(row["split"], ([], []))
            pictures.append(numpy.asarray(Image.open(folder / row["path"])))
            angles.append(float(row["angle"]))
    return {name: (torch.tensor(numpy.stack(pictures)).unsqueeze(1) / 255, torch.tensor(angles).unsqueeze(1))
            for name, (pictures, angles) in splits.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64, help="samples of one rank")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo")
    rank, ranks = torch.distributed.get_rank(), torch.distributed.get_world_size()
    torch.manual_seed(options.seed)
    splits = read(options.images)
    (x, y), (valid_x, valid_y) = splits["train"], splits["valid"]
    mean, std = x.mean(), x.std(correction=0)
    centre, spread = y.mean(), y.std(correction=0)
    data = TensorDataset((x - mean) / std, (y - centre) / spread)
    sampler = DistributedSampler(data, shuffle=True, seed=options.seed, drop_last=True)
    loader = DataLoader(data, options.batch, sampler=sampler, drop_last=True)

    model = SimpleCnn(classes=1)
    for layer in model.convs:  # as lockstep begins
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    nn.init.zeros_(model.fc.bias)
    parallel = DistributedDataParallel(model) if ranks > 1 else model
    optimizer = torch.optim.SGD(model.parameters(), LR * options.batch * ranks / LR_BATCH, MOMENTUM,
                                weight_decay=WEIGHT_DECAY, nesterov=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate_factor(step, len(loader), options.epochs, ranks))
    for epoch in range(options.epochs):
        sampler.set_epoch(epoch)
        model.train()
        for pictures, targets in loader:
            optimizer.zero_grad()
            nn.functional.mse_loss(parallel(pictures), targets).backward()
            optimizer.step()
            schedule.step()
        model.eval()
        with torch.no_grad():
            answers = torch.cat([model(part) for part in ((valid_x - mean) / std).split(500)]) * spread + centre
        if rank == 0:
            print(json.dumps({"epoch": epoch + 1, "mae": (answers - valid_y).abs().mean().item()}), flush=True)
        torch.distributed.barrier()
    torch.distributed.destroy_process_group()


main()
