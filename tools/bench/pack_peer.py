"""A folder of images, one sub-folder a class, into one HDF5 file: the script that one writes with h5py and PIL.

    pack_peer.py FOLDER OUT.h5

Each file is decoded once, to know that it can be, and for its size; its bytes go into a variable-length dataset."""
import io
import pathlib
import sys

import h5py
import numpy
from PIL import Image


def main():
    folder, out = map(pathlib.Path, sys.argv[1:])
    files = sorted(folder.glob("*/*.jpg"))
    classes = sorted({file.parent.name for file in files})
    with h5py.File(out, "w") as store:
        images = store.create_dataset("images", len(files), dtype=h5py.vlen_dtype(numpy.uint8))
        labels = store.create_dataset("labels", len(files), dtype=numpy.int64)
        sizes = store.create_dataset("sizes", (len(files), 2), dtype=numpy.int32)
        store.create_dataset("classes", data=classes, dtype=h5py.string_dtype())
        for number, file in enumerate(files):
            content = file.read_bytes()
            image = Image.open(io.BytesIO(content))
            image.load()
            images[number] = numpy.frombuffer(content, numpy.uint8)
            labels[number] = classes.index(file.parent.name)
            sizes[number] = image.size


main()
