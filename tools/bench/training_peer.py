"""The quickstart's job in PyTorch: DistributedDataParallel over gloo, torchvision transforms, a DataLoader with one worker.

The same network, batch, optimizer, schedule and augmentation as configs/fashion_mnist.yaml, written the way PyTorch's
own documentation writes it, with its fast options on (channels-last, gradient views, foreach, persistent worker).

    torchrun --nproc-per-node 2 tools/bench/training_peer.py --images DIR --epochs 3

Prints one JSON object an epoch: images_per_second (training, over all ranks) and accuracy on the 10,000 test images."""
import argparse
import gzip
import json
import math
import pathlib
import time

import numpy
import torch
import torch.distributed
from PIL import Image
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.distributed import DistributedSampler
from torchvision import transforms

MEAN, STD = [0.2860], [0.3530]  # of the training images' pixels, in [0, 1]
LR, LR_BATCH = 0.2, 256
MOMENTUM, WEIGHT_DECAY = 0.9, 5e-4
WARMUP_EPOCHS = 0.5


def read_idx(path):
    """The uint8 array of an IDX file (gzip): two zero bytes, a type, the rank, the sizes as big-endian uint32, data."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    rank = content[3]
    shape = numpy.frombuffer(content, dtype=">u4", count=rank, offset=4)
    return numpy.frombuffer(content, dtype=numpy.uint8, offset=4 + 4 * rank).reshape(shape)


class FashionMnist(Dataset):
    def __init__(self, directory, prefix, transform):
        self.images = read_idx(directory / f"{prefix}-images-idx3-ubyte.gz")
        self.labels = read_idx(directory / f"{prefix}-labels-idx1-ubyte.gz")
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index])


class SimpleCnn(nn.Module):
    def __init__(self, channels=1, classes=10):
        super().__init__()
        widths = [channels, 32, 64, 128]
        self.convs = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1, bias=False) for before, after in zip(widths, widths[1:])
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(widths[-1], classes)

    def forward(self, x):
        for layer, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            x = torch.relu(norm(conv(x)))
            if layer < 2:
                x = self.pool(x)
        return self.fc(x.mean(dim=(2, 3)))


def rate_factor(step, steps_per_epoch, epochs, ranks):
    """What the scaled rate is multiplied with: warm-up from one rank's rate, then a cosine to zero."""
    warmup = WARMUP_EPOCHS * steps_per_epoch
    if step < warmup:
        return 1 / ranks + (1 - 1 / ranks) * step / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (epochs * steps_per_epoch - warmup)))


@torch.no_grad()
def accuracy(model, dataset):
    model.eval()
    correct = sum(int((model(x).argmax(dim=1) == y).sum()) for x, y in DataLoader(dataset, batch_size=500))
    return correct / len(dataset)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=64, help="samples of one rank")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo")
    rank, ranks = torch.distributed.get_rank(), torch.distributed.get_world_size()
    torch.manual_seed(options.seed)

    to_tensor = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    train = FashionMnist(
        options.images, "train", transforms.Compose([transforms.RandomHorizontalFlip(), *to_tensor])
    )
    test = FashionMnist(options.images, "t10k", transforms.Compose(to_tensor))
    sampler = DistributedSampler(train, shuffle=True, seed=options.seed, drop_last=True)
    loader = DataLoader(
        train, options.batch, sampler=sampler, num_workers=1, drop_last=True, persistent_workers=True
    )

    model = SimpleCnn().to(memory_format=torch.channels_last)
    parallel = DistributedDataParallel(model, gradient_as_bucket_view=True) if ranks > 1 else model
    optimizer = torch.optim.SGD(
        model.parameters(), LR * options.batch * ranks / LR_BATCH, MOMENTUM,
        weight_decay=WEIGHT_DECAY, nesterov=True, foreach=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate_factor(step, len(loader), options.epochs, ranks)
    )
    criterion = nn.CrossEntropyLoss()

    for epoch in range(options.epochs):
        sampler.set_epoch(epoch)
        model.train()
        start, images = time.perf_counter(), 0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(parallel(x.contiguous(memory_format=torch.channels_last)), y)
            loss.backward()
            optimizer.step()
            schedule.step()
            images += len(y)
        seconds = time.perf_counter() - start
        if rank == 0:
            line = {
                "epoch": epoch + 1,
                "loss": loss.item(),
                "images_per_second": images * ranks / seconds,
                "accuracy": accuracy(model, test),
            }
            print(json.dumps(line), flush=True)
        torch.distributed.barrier()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
