"""Training steps of one network in PyTorch: forward, backward and SGD with momentum, channels-last, as step.cc times ours.

    step_peer.py --model resnet18 --side 64 --batch 32 --steps 8 --threads 1

Prints one JSON object: milliseconds (the median) and peak_mib (of the process)."""
import argparse
import json
import resource
import statistics
import time

import timm
import torch
import torchvision


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    for name, default in [("side", 224), ("batch", 16), ("steps", 8), ("threads", 1)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    if options.model == "vit_small_16":
        model = timm.create_model("vit_small_patch16_224", img_size=options.side)
    else:
        model = torchvision.models.get_model(options.model, weights=None)
    model = model.to(memory_format=torch.channels_last).train()
    images = torch.randn(options.batch, 3, options.side, options.side).to(memory_format=torch.channels_last)
    labels = torch.arange(options.batch)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4, foreach=True)
    milliseconds = []
    for step in range(options.steps + 2):
        begin = time.perf_counter()
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
        if step >= 2:
            milliseconds.append(1000 * (time.perf_counter() - begin))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"milliseconds": statistics.median(milliseconds), "peak_mib": peak}))


main()
