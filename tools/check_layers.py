#!/usr/bin/env python3
"""Checks that the tree's layering holds: who includes whom, and which file may include which C library.

Usage: tools/check_layers.py [--self-test]

Reads every #include of the C++ sources and the link lists of each folder's CMakeLists.txt. Exit code 1 and one line
for each violation. The self-test plants violations in a temporary tree and expects each to be found; the plain run
begins with it, so that a checker that has gone blind does not pass."""
import fnmatch
import pathlib
import re
import sys
import tempfile

# What a folder may include and link, itself and all that these may use included.
BELOW = {
    "core": [],
    "imaging": ["core"],
    "sharding": ["imaging"],
    "comm": ["core"],
    "checkpoint": ["comm"],
    "models": ["core"],
    "trainer": ["models", "checkpoint", "sharding"],
    "launcher": ["trainer"],
}

# Headers of libraries that stay behind one folder's sources: (header pattern, files that may include it).
LIBRARIES = [
    ("nccl.h", ["comm/nccl*"]),
    ("cuda*.h", ["comm/nccl*"]),
    ("mpi.h", ["comm/mpi*", "tools/bench/*"]),
    ("hdf5.h", ["sharding/hdf5*"]),
    ("pcre2.h", ["sharding/label_regex*"]),
    ("zlib.h", ["sharding/gzip*", "tests/sharding/*"]),
    ("jpeglib.h", ["imaging/jpeg*", "tests/imaging/*"]),
    ("spng.h", ["imaging/png*", "tests/imaging/*"]),
    ("webp/*", ["imaging/webp*", "tests/imaging/*"]),
    ("opencv2/*", ["imaging/*"]),
    ("xxhash.h", ["core/hash*"]),
    ("yaml-cpp/*", ["launcher/*"]),
    ("CLI/*", ["launcher/*", "tools/bench/*"]),
]
LIBTORCH = ["torch/*", "ATen/*", "c10/*"]
# LibTorch stays out of their sources. All but checkpoint, which stands on comm, also link none of it: they build in
# seconds and run under sanitizers.
WITHOUT_LIBTORCH = ["core", "imaging", "sharding", "checkpoint"]

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
LINKED = re.compile(r"\blockstep(?:::|_)([a-z]+)(?:_[a-z]+)?\b")


def reach(folder):
    """The folder and all below it."""
    return {folder}.union(*(reach(below) for below in BELOW[folder]))


def matches(path, patterns):
    return any(fnmatch.fnmatch(path, pattern) for pattern in patterns)


def owner(path):
    """The folder whose rules a file follows: tests/ mirrors the folders. None where every layer is open."""
    parts = path.split("/")
    folder = parts[1] if parts[0] == "tests" and len(parts) > 2 else parts[0]
    return folder if folder in BELOW else None


def check_include(path, header):
    """What is wrong with `path` including `header`; None where nothing is."""
    for pattern, allowed in LIBRARIES:
        if matches(header, [pattern]) and not matches(path, allowed):
            return f"<{header}> stays behind {' '.join(allowed)}"
    folder = owner(path)
    if folder in WITHOUT_LIBTORCH and matches(header, LIBTORCH):
        return f"{folder}/ is built without LibTorch"
    target = header.split("/")[0]
    if folder and "/" in header and target in BELOW and target not in reach(folder):
        return f"{folder}/ stands below {target}/, or beside it"
    return None


def violations(root):
    """One line for each violation under `root`, and the number of files read."""
    found, files = [], 0
    folders = [*BELOW, "tests", "tools/bench"]
    for file in sorted(f for folder in folders for f in (root / folder).rglob("*")):
        path = file.relative_to(root).as_posix()
        if file.suffix in (".h", ".cc"):
            files += 1
            text = file.read_text()
            for match in INCLUDE.finditer(text):
                if problem := check_include(path, match.group(1)):
                    line = text.count("\n", 0, match.start(1)) + 1
                    found.append(f'{path}:{line}: includes "{match.group(1)}": {problem}')
        elif file.name == "CMakeLists.txt" and owner(path) and not path.startswith("tests/"):
            for target in LINKED.findall(re.sub(r"#.*", "", file.read_text())):
                if target in BELOW and target not in reach(owner(path)):
                    found.append(f"{path}: links lockstep::{target}, which is not below {owner(path)}/")
    return found, files


def self_test():
    """Every planted violation is found, and nothing else."""
    bad = {
        "core/a.h": '#include "comm/communicator/communicator.h"',
        "core/b.cc": "#include <torch/torch.h>",
        "imaging/a.cc": '#include "sharding/read/pack.h"',
        "imaging/b.cc": "#  include <mpi.h>",
        "sharding/a.cc": "#include <hdf5.h>",
        "sharding/b.cc": "#include <ATen/core/Tensor.h>",
        "comm/mpi_x.cc": "#include <nccl.h>",
        "comm/a.cc": '#include "checkpoint/store.h"',
        "checkpoint/a.cc": "#include <c10/util/Half.h>",
        "models/a.cc": '#include "sharding/read/pack.h"',
        "trainer/a.cc": "#include <jpeglib.h>",
        "trainer/b.h": '#include "launcher/config/config.h"',
        "tests/core/a.cc": '#include "trainer/trainer.h"',
        "models/CMakeLists.txt": "lockstep_library(models SOURCES a.cc LINK lockstep::trainer)",
        "core/CMakeLists.txt": "target_link_libraries(lockstep_core PUBLIC lockstep_imaging)",
    }
    good = {
        "core/c.cc": '#include "core/error.h"\n#include <vector>',
        "sharding/hdf5_x.cc": '#include <hdf5.h>\n#include "imaging/codec/decode.h"\n#include "core/error.h"',
        "comm/nccl_x.cc": "#include <nccl.h>\n#include <ATen/core/Tensor.h>",
        "trainer/c.cc": '#include "comm/communicator/communicator.h"\n#include <torch/nn.h>',
        "tests/e2e/a.cc": '#include "launcher/config/config.h"\n#include "core/error.h"',
        "trainer/CMakeLists.txt": "lockstep_library(trainer SOURCES c.cc LINK lockstep::comm lockstep::torch_cpu)",
        "comm/CMakeLists.txt": "lockstep_library(comm SOURCES a.cc LINK lockstep::core) # not lockstep::trainer",
    }
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for path, text in {**bad, **good}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text + "\n")
        found = {line.split(":")[0] for line in violations(root)[0]}
    missed, invented = set(bad) - found, found - set(bad)
    if missed or invented:
        sys.exit(f"check_layers fails its own test: missed {sorted(missed)}, invented {sorted(invented)}")


def main():
    if sys.argv[1:] not in ([], ["--self-test"]):
        sys.exit(__doc__)
    self_test()
    if sys.argv[1:]:
        return
    root = pathlib.Path(__file__).resolve().parent.parent
    found, files = violations(root)
    for pattern in {pattern for _, allowed in LIBRARIES for pattern in allowed}:
        if not any(root.glob(pattern)):
            found.append(f"tools/check_layers.py: no file matches {pattern}")
    if found or not files:
        sys.exit("\n".join(found) or "found no sources to check")
    print(f"the layering holds in {files} files")


main()
