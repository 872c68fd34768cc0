#!/usr/bin/env python3
"""Writes the seeds that others' writers make, and those that are texts: make_seeds.py tests/fuzz/corpus

Needs numpy and h5py, and Pillow for WebP files beyond what the tests' encoder makes. make_seeds.cc has the others."""
import io
import pathlib
import sys

import h5py
import numpy
from PIL import Image

CORPUS = pathlib.Path(sys.argv[1])

TEXTS = {
    "json": {
        "values": '{"a": 1, "b": -2.5e3, "c": [1, 2], "d": {"e": "\\u00e9", "f": null}, "g": [{"h": true}], "i": ["x"]}',
        "deep": '{"a": [[[[{"b": [1]}]]]]}',
        "large": '{"a": 18446744073709551615, "b": 1e400, "c": -9223372036854775808}',
    },
    "event": {
        "ready": '{"event": "ready"}',
        "progress": '{"event": "progress", "phase": "train", "epoch": 0.5, "epochs": 3, "step": 7, "steps": 30, "loss": null,'
                    ' "learning_rate": 0.1, "images_per_second": 100.5}',
        "failure": '{"event": "failure", "rank": 1, "host": "a", "step": -1, "phase": "x", "code": 3, "message": "m\\u001b"}',
    },
    "heartbeat": {
        "one": '{"tick": 3, "host": "a", "pid": 17, "beats": 9, "collective": 4, "waits": false, "operation": "sum", "step": 12, '
               '"phase": "reading", "done": false}',
    },
    "run_status": {
        "holder": '\0{"host": "a", "pid": 17, "started": 5, "boot_id": "b", "pid_namespace": "p", "job": "12", "cluster": "c", '
                  '"restarts": 1, "since": "2026-01-31T12:00:00Z"}\n',
        "jobs": '\1{"job": "12", "time": "2026-01-31T12:00:00Z"}\n{"job": "13", "array": "2"}\n',
        "metrics": '\2{"kind": "step", "step": 7, "epoch": 0.5, "train/loss": 1.5, "images_per_second": 100.5}\n'
                   '{"kind": "epoch", "step": 14, "epoch": 1, "valid/loss": null, "valid/top1": 0.5}\n',
        "stop": '\3{"user": "ann", "host": "a", "time": "2026-01-31T12:00:00Z"}\n',
    },
    "history": {
        "epochs": '\x50\1\0\0{"kind": "epoch", "step": 7, "epoch": 1, "time": 1.5, "lr": 0.1, "train/loss": 2.5, "valid/f1": null}\n'
                  '{"kind": "rollback", "step": 7, "number": 1, "reason": "the loss is nan"}\n'
                  '{"kind": "epoch", "step": 14, "epoch": 2, "time": 2.5, "lr": 1e-9, "train/loss": 1e300, "valid/f1": 0.5}\n',
        "steps": '\x50\0\1\2{"kind": "step", "step": 7, "epoch": 0.5, "loss": -1e308, "images_per_second": 100.5}\n'
                 '{"kind": "step", "step": 8, "epoch": 1e308, "loss": 1e308, "time": 1e300}\n{"kind": "st',
    },
    "label_regex": {
        "class": "^([^_]+)_\\d+\ncat_17.jpg",
        "path": "(?:a|b)/(.*?)/\na/cat/1.jpg",
        "slow": "(a+)+$\n" + "a" * 40 + "b",
        "back": "(?<x>.)\\k<x>(?=y)(*UTF)[\\p{L}]{2,}\nééy",
    },
    "table": {
        "classes.csv": "\1path,label,split\na.png,cat,train\n\"b.jpg\",\"a \"\"dog\"\"\",valid\nc.webp,,test\n",
        "numbers.tsv": "\2file\ttarget\r\na.png\t1.5\r\nb\t1e39\r\n./c.webp\t-3\r\n",
        "flags": "\x0dimage;label\na.png;x|y\nb.jpg;y\n",
        "many": "\5path,label,label\na.png,0,1\nb.jpg,1,1\n",
        "regex": "\x13path,target\na.png,about 7.5 kg\n../b.jpg,3\n",
        "group": "\x81sep=,\npath,label,group\na.png,x,1\n/etc/passwd,y,2\n",
    },
    "override": {
        "number": "train.epochs=3",
        "section": "optimizer={name: adam, lr: 0.1}",
        "list": "data.augment.rotate=[-10, 10]",
        "text": 'run.dir="a b"',
    },
    "config": {
        "least": "data: {pack: x}\n",
        "quotes": "run: {dir: 'a ''b'}\ndata:\n  pack: \"\\u00e9\"\n  classes: [a, \"1\"]\n",
        "phases": "data: {pack: x}\nschedule:\n  phases:\n    - linear 0.1 for 5\n    - cosine\n",
    },
    "checkpoint_manifest": {
        "one": '{\n  "format": "lockstep-checkpoint",\n  "version": 2,\n  "step": 5,\n  "state_digest": "00",\n  "files": ['
               '{"name": "model.safetensors", "bytes": 8, "xxh3_128": "00"}, '
               '{"name": "optimizer.safetensors", "bytes": 8, "xxh3_128": "00"}, '
               '{"name": "state.json", "bytes": 8, "xxh3_128": "00"}],\n  "metrics": {"valid/loss": null, "x": 0.5},\n'
               '  "best": {"metric": "x", "value": 0.5, "step": 5},\n  "pack_fingerprint": "00",\n'
               '  "environment": {"device": "cpu"},\n  "config": "a: b\\n",\n',
    },
}


def add(parser, name, content):
    path = CORPUS / parser / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def add_texts():
    for parser, texts in TEXTS.items():
        for name, text in texts.items():
            add(parser, name, text.encode())
    add("index_record", "class", bytes([0, 1, 0, 3]) + (1000).to_bytes(8, "big") + bytes([0]) +
        numpy.array([0, 12 | 4 << 32], "<u8").tobytes() + numpy.array([3, 1, 0, 0, 1, 0], "<u4").tobytes())


def add_hdf5(name, options, write):
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        write(file)
    add("hdf5_source", name, bytes([options]) + memory.getvalue())


def add_hdf5s():
    pixels = numpy.arange(4 * 5 * 6, dtype="u1").reshape(4, 5, 6)
    encoded = [b"\xff\xd8\xff" + bytes(9), b"RIFF"]

    def contiguous(file):
        file["images"] = pixels
        file["labels"] = [0, 1, 1, 0]

    def chunked(file):
        file.create_dataset("images", data=pixels[..., None], chunks=(2, 3, 6, 1), compression="gzip", shuffle=True,
                            fletcher32=True)
        file.create_dataset("labels", data=numpy.array([1.0, numpy.nan, 0, 2]), chunks=(2,), scaleoffset=0)

    def grown(file):
        file.create_dataset("images", data=pixels, maxshape=(None, None, 6), chunks=(1, 2, 6))
        file["labels"] = numpy.array([3, 1, 1, 3], h5py.enum_dtype({"cat": 3, "dog": 1}, "i2"))

    def variable(file):
        images = file.create_dataset("images", (2,), h5py.vlen_dtype(numpy.uint8))
        for row, content in enumerate(encoded):
            images[row] = numpy.frombuffer(content, "u1")
        file["labels"] = ["cat", "dog"]

    def opaque(file):
        file["images"] = numpy.array([content.ljust(12, b"\0") for content in encoded], "S12").view("V12")
        file["labels"] = numpy.array([b"a", b"b"], "S3")

    def newest(file):
        file.create_dataset("images", data=pixels, chunks=(2, 5, 6), maxshape=(None, 5, 6))
        file["labels"] = numpy.array([[0.5, 1], [1, 2], [3, 4], [1e39, 0]])

    for name, options, write in (("contiguous", 0, contiguous), ("chunked", 0, chunked), ("grown", 0, grown),
                                 ("variable", 0, variable), ("opaque", 0, opaque), ("unlabelled", 4, contiguous)):
        add_hdf5(name, options, write)
    memory = io.BytesIO()
    with h5py.File(memory, "w", libver="v110") as file:
        newest(file)
    add("hdf5_source", "newest", bytes([1]) + memory.getvalue())


def add_webps():
    image = Image.frombytes("RGB", (21, 18), bytes(i * 7 % 256 for i in range(21 * 18 * 3)))
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, options in (("lossy", {"quality": 40}), ("lossy_exif", {"quality": 5, "exif": exif}),
                          ("animated", {"save_all": True, "append_images": [image.transpose(0)]})):
        memory = io.BytesIO()
        image.save(memory, "WEBP", **options)
        add("webp", name, memory.getvalue())
    alpha = image.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(image.size))
    memory = io.BytesIO()
    alpha.save(memory, "WEBP", quality=20)
    add("webp", "lossy_alpha", memory.getvalue())


add_texts()
add_hdf5s()
add_webps()
