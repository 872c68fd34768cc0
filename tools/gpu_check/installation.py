"""Where the program, its test programs, its libraries and its data are: in a bundle, or in a build tree."""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys

from judge import Skip

HERE = pathlib.Path(__file__).resolve().parent
BUNDLE = HERE.parent  # where gpu_check.sh is, in a bundle
TREE = HERE.parents[1]
IMAGES = pathlib.Path("/usr/share/datasets")  # with Debian's package dataset-fashion-mnist


class Installation:
    """What `bundle` packed, or what tools/setup.sh built."""

    def __init__(self, build, python):
        self.python = python
        if (BUNDLE / "bin/lockstep").is_file() and not build:
            self.build = None
            self.program, self.data = BUNDLE / "bin/lockstep", BUNDLE / "data"
            self.configs = BUNDLE / "share/lockstep/configs"
        else:
            names = [build] if build else [TREE / "build-gpu", TREE / "build"]
            self.build = next((path.resolve() for path in names if (path / "lockstep").is_file()), None)
            if not self.build:
                sys.exit(f"no program lockstep in {' or '.join(map(str, names))}; "
                         "tools/setup.sh --preset gpu --cuda --tests builds it, or --build names another directory")
            self.program, self.data = self.build / "lockstep", IMAGES
            self.configs = TREE / "configs"
        self.environment = {}  # for our processes alone
        if self.missing_libraries():
            self.environment = {"LD_LIBRARY_PATH": joined(self.torch_libraries())}
        if missing := self.missing_libraries():
            sys.exit(f"{self.program} does not find {', '.join(missing)}: the Python '{python}' lacks the torch that lockstep "
                     "was built with; PYTHON=... names another")

    def torch_libraries(self):
        """torch/lib, and nvidia/*/lib beside it."""
        if not (torch := self.module("torch")):
            return []
        return [torch / "lib", *sorted(torch.parent.glob("nvidia/*/lib"))]

    @functools.lru_cache
    def module(self, name):
        """The folder of a Python package, or None. It is not imported, which would take seconds."""
        find = f"import importlib.util as u; s = u.find_spec({name!r}); print(s.origin if s else '')"
        found = subprocess.run([self.python, "-c", find], capture_output=True, text=True, check=True).stdout.strip()
        return pathlib.Path(found).parent if found else None

    def need_modules(self, *names):
        missing = [name for name in names if not self.module(name)]
        if missing:
            raise Skip(f"the Python '{self.python}' has no {', '.join(missing)}")

    def missing_libraries(self):
        listing = subprocess.run(["ldd", self.program], capture_output=True, text=True, check=True,
                                 env={**os.environ, **self.environment}).stdout
        return sorted({line.split()[0] for line in listing.splitlines() if line.endswith("not found")})

    def device_tests(self):
        """The test programs that want a GPU, with their numbers of ranks; see built_tests."""
        if self.build:
            return built_tests(self.build)
        lines = [line.split() for line in (BUNDLE / "tests/ranks").read_text().splitlines()]
        return {BUNDLE / "tests" / name: [int(word) for word in ranks] for name, *ranks in lines}

    def mpirun(self):
        """The mpirun of the Open MPI that lockstep is linked to."""
        return BUNDLE / "bin/mpirun" if not self.build else os.environ.get("LOCKSTEP_MPIRUN", "mpirun")


def built_tests(build):
    """The programs of the tests with the label gpu, and the numbers of ranks that CTest starts them with; 0: without MPI."""
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1", "-L", "gpu"],
                             capture_output=True, text=True, check=True).stdout
    programs = {}
    for test in json.loads(listing)["tests"]:
        words = test.get("command", [])
        for before, word in zip(["0", *words], words):
            program = pathlib.Path(word).resolve()
            if program.is_relative_to(build.resolve()) and os.access(program, os.X_OK) and program.is_file():
                programs.setdefault(program, set()).add(int(before))
    return {program: sorted(ranks) for program, ranks in sorted(programs.items())}


def joined(paths):
    """A value of LD_LIBRARY_PATH: the paths, then what it was."""
    return ":".join([*map(str, paths), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])])


def machine(installation):
    """What the figures were measured on."""
    gpu = ""
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
        gpu = subprocess.run(query, capture_output=True, text=True).stdout.strip()
    processors = [line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")]
    torch, version = installation.module("torch"), BUNDLE / "version"
    return {
        "gpu": gpu,
        "cpu": processors[0] if processors else "",
        "cores": len(os.sched_getaffinity(0)),
        "torch": (torch / "version.py").read_text() if torch else "",
        "version": "" if installation.build else version.read_text().strip(),
    }
