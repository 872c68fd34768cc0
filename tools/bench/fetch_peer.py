"""Random samples of a pack's shard through h5py: the same bytes in the same file, without checking their hashes.

    fetch_peer.py KIND SHARD --samples N

KIND is `by-id`, which reads the sample's index record from the file, as a sample's number alone asks for; `by-offset`, which
has offsets and sizes of all samples in memory and slices; or `direct`, the same through read_direct into a buffer that
is reused. Prints one JSON object."""
import argparse
import json
import time

import h5py
import numpy


def reader(kind, file):
    data, index = file["bytes"], file["index"]
    if kind == "by-id":
        def read(number):
            record = index[number]
            return data[record["offset"] : record["offset"] + record["size"]]
        return read
    offsets, sizes = (index.fields(name)[:].tolist() for name in ("offset", "size"))
    if kind == "by-offset":
        return lambda number: data[offsets[number] : offsets[number] + sizes[number]]
    buffer = numpy.empty(max(sizes), numpy.uint8)

    def read_direct(number):
        start, size = offsets[number], sizes[number]
        data.read_direct(buffer, numpy.s_[start : start + size], numpy.s_[:size])
    return read_direct


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=["by-id", "by-offset", "direct"])
    parser.add_argument("shard")
    parser.add_argument("--samples", type=int, default=20000)
    options = parser.parse_args()

    with h5py.File(options.shard) as file:
        read = reader(options.kind, file)
        numbers = numpy.random.default_rng(1).permutation(len(file["index"]))[: options.samples].tolist()
        for number in numbers[::-1]:
            read(number)
        start = time.perf_counter()
        for number in numbers:
            read(number)
        seconds = time.perf_counter() - start
    print(json.dumps({"microseconds": 1e6 * seconds / len(numbers)}))


main()
