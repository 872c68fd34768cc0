"""Trains a torchvision network on synthetic images and answers how fast: the peer of speed_steps.py.

    python3 peer_speed.py MODEL DEVICE SIDE BATCH WARMUP TIMED

Written as PyTorch's documentation writes it, with its fast options on: channels-last, autocast to bfloat16, foreach SGD,
cuDNN's autotuning. A request {"deterministic": true} measures with deterministic algorithms instead, without autotuning.
The images are uint8 in pinned memory, which a copy on the same stream brings to the GPU; there they are normalised."""
import json
import os
import sys
import time

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what deterministic algorithms ask for

import torch
import torchvision

CLASSES = 10


class Training:
    def __init__(self, name, device, side, batch):
        self.device = torch.device(device)
        self.model = torchvision.models.get_model(name, num_classes=CLASSES)
        self.model.to(self.device, memory_format=torch.channels_last).train()
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.01, 0.9, weight_decay=1e-4)
        self.criterion = torch.nn.CrossEntropyLoss()
        self.images = torch.randint(0, 256, (batch, side, side, 3), dtype=torch.uint8)
        self.labels = torch.randint(0, CLASSES, (batch,))
        if self.device.type == "cuda":
            self.images, self.labels = self.images.pin_memory(), self.labels.pin_memory()

    def step(self):
        x = self.images.to(self.device, non_blocking=True).permute(0, 3, 1, 2)  # channels-last as it is
        y = self.labels.to(self.device, non_blocking=True)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16):
            loss = self.criterion(self.model(x.float().sub_(127.5).div_(64)), y)
        loss.backward()
        self.optimizer.step()

    def synchronize(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def images_per_second(self, warmup, timed):
        for _ in range(warmup):
            self.step()
        self.synchronize()
        start = time.perf_counter()
        for _ in range(timed):
            self.step()
        self.synchronize()
        return timed * len(self.labels) / (time.perf_counter() - start)


def main():
    name, device = sys.argv[1:3]
    side, batch, warmup, timed = map(int, sys.argv[3:])
    torch.manual_seed(1)
    torch.set_num_threads(1 if device == "cpu" else torch.get_num_threads())  # as lockstep has one
    torch.utils.deterministic.fill_uninitialized_memory = False  # a debugging aid that costs time; lockstep has it off
    training = Training(name, device, side, batch)
    for line in sys.stdin:
        deterministic = json.loads(line)["deterministic"]
        torch.use_deterministic_algorithms(deterministic)
        torch.backends.cudnn.benchmark = not deterministic
        print(json.dumps({"images_per_second": training.images_per_second(warmup, timed)}), flush=True)


main()
