#!/usr/bin/env python3
"""Checks that the tree is built as it is drawn: who includes and links whom, and that files stay small.

Usage: tools/check_layers.py [--self-test]

Reads every #include and the CMakeLists.txt of each floor. Exit code 1 and one line for each violation. The self-test
plants one violation of each kind in a temporary tree, and expects each to be found and nothing else; the plain run
begins with it, so that a checker that has gone blind does not pass."""
import fnmatch
import functools
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # no tools/__pycache__
from check_layers_test import self_test  # noqa: E402
from cpp_text import functions  # noqa: E402

# Each floor (a folder) and what it may use: floors, or rooms of floors. Below it its rooms (the folders in it) and which
# other rooms of the floor each may use; "." are the floor's own files. Whatever those may use is included.
TREE = """
core:
  .:
  process: .
  storage: process
analysis: core
  .:
imaging: core
  pixels:
  chart: pixels
  codec: pixels
  render: codec
  augment: render
comm: core
  communicator:
  device: communicator
  tree: communicator
  reduction: device tree
checkpoint: comm/communicator analysis
  .:
models: core
  catalog:
  network: catalog
  families: network
  .: families
  saved:
  weights: . saved
sharding: imaging
  format:
  source: format
  tree: source
  table: tree
  archive: tree
  synthetic: source
  fixes: table
  listing: fixes archive synthetic
  write: source
  read: format
  feed: read
  survey: read
  files: listing write read
trainer: models checkpoint sharding comm analysis
  schedule:
  lane:
  task: lane
  optimizer: lane schedule
  average: lane
  step: task optimizer
  guard: average step
  pass: task
  .: guard pass
launcher: trainer
  config:
  job:
  cluster: config job
  page:
  report:
  tensorboard:
  history: job
  evaluation: page
  pictures: evaluation report
  doctor: job report
  rank: config job report
  status: rank history
  setup: status
  answers: setup
  run_report: answers history page report
  run: setup tensorboard
  use: run pictures answers
  search: run
  doctor_rank: doctor search
  cli: use search
  pack_commands: cli
  run_commands: cli cluster history run_report
  commands: doctor_rank pack_commands run_commands
  manual:
  .: commands manual
"""

# Headers of libraries that stay behind the sources that wrap them: (header, files that may include it).
LIBRARIES = [
    ("nccl.h", ["comm/device/nccl*"]),
    ("cuda*.h", ["comm/device/nccl*"]),
    ("mpi.h", ["comm/communicator/mpi*", "tools/bench/*"]),
    ("hdf5.h", ["sharding/*/hdf5*"]),
    ("pcre2.h", ["sharding/source/label_regex*"]),
    ("utf8proc.h", ["sharding/source/label_name*"]),
    ("archive*.h", ["sharding/archive/archive_stream*", "tests/sharding/*"]),
    ("zlib.h", ["sharding/listing/gzip*", "tests/sharding/*"]),
    ("jpeglib.h", ["imaging/codec/jpeg*", "tests/imaging/*"]),
    ("spng.h", ["imaging/codec/png*", "tests/imaging/*"]),
    ("webp/*", ["imaging/codec/webp*", "tests/imaging/*"]),
    ("opencv2/*", ["imaging/*"]),
    ("xxhash.h", ["core/hash*"]),
    ("yaml-cpp/*", ["launcher/config/*"]),
    ("CLI/*", ["launcher/*", "tools/bench/*", "tests/launcher/*"]),
]
HEAVY = ["torch/*", "ATen/*", "c10/*", "mpi.h"]
# No header of LibTorch or MPI reaches the files of these, not even through another header: they build in seconds, and the
# floors among them run under sanitizers.
LIGHT = ["core", "analysis", "imaging", "sharding", "models/catalog", "models/saved", "launcher/config", "launcher/job",
         "launcher/cluster", "launcher/doctor", "launcher/status", "launcher/tensorboard", "launcher/history", "launcher/page",
         "launcher/manual"]
# Stands on comm, so some reach it, but it includes none itself.
LIGHT_ITSELF = ["checkpoint"]

MAX_FILES, MAX_LINES, MAX_FUNCTION_LINES = 25, 400, 60
OTHER_FOLDERS = ["tests", "tools/bench", "cmake"]  # where code and build files are beside the floors

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
COMMAND = re.compile(r"\b(\w+)\s*\(([^)]*)\)")
TARGET_COMMAND = re.compile(r"lockstep_\w+|add_(library|executable)|target_(sources|link_libraries)")
OWN_LIBRARY = re.compile(r"lockstep(?:::|_)([a-z_0-9]+)$")
HEAVY_LIBRARY = re.compile(r"lockstep::(torch|cuda)|torch|MPI::")


def parse_tree(text):
    """{floor: what it may use}, {room ("sharding/feed", "trainer/."): the rooms of its floor that it may use}."""
    floors, rooms = {}, {}
    for line in text.strip().splitlines():
        name, used = (part.strip() for part in line.split(":"))
        if not line.startswith(" "):
            floor = name
            floors[floor] = used.split()
        else:
            rooms[f"{floor}/{name}"] = [f"{floor}/{room}" for room in used.split()]
    return floors, rooms


FLOORS, ROOMS = parse_tree(TREE)


def rooms_of(name):
    """The rooms that a floor, or one room, stands for."""
    return [name] if name in ROOMS else [room for room in ROOMS if room.split("/")[0] == name]


@functools.cache
def reach(name):
    """All rooms that a floor or a room may use: itself, and what it stands on, down to core."""
    below = ROOMS.get(name, []) + FLOORS[name.split("/")[0]]
    return frozenset(rooms_of(name)).union(*(reach(used) for used in below))


def room_of(path):
    """The room that a file is in; None outside the floors. It may be one that the table does not have."""
    parts = path.split("/")
    return None if parts[0] not in FLOORS else f"{parts[0]}/{parts[1] if len(parts) > 2 else '.'}"


def owner(path):
    """The room whose rules a file follows; for a test, its floor. None where every layer is open."""
    parts = path.split("/")
    if parts[0] == "tests" and len(parts) > 2 and parts[1] in FLOORS:
        return parts[1]
    return room_of(path)


def room_of_target(target):
    """The room that a library is for, by its name without lockstep; None for a library that is not one of ours."""
    floor, _, room = target.partition("_")
    if floor in FLOORS:
        return f"{floor}/{room or '.'}"
    return None


def in_order(user, used):
    """What is wrong with the room or floor `user` using the room or floor `used`; None where nothing is."""
    for name in (user, used):
        if name not in ROOMS and name not in FLOORS:
            return f"{name} is not in the table of rooms"
    if not frozenset(rooms_of(used)) <= reach(user):
        return f"{user} does not stand on {used}"
    return None


def matches(path, patterns):
    return any(fnmatch.fnmatch(path, pattern) for pattern in patterns)


def belongs(path, names):
    return any(path.startswith(name + "/") for name in names)


class Tree:
    """The sources under `root`, as texts by path, and the violations found in them."""

    def __init__(self, root):
        self.root, self.found = root, []
        files = sorted(f for folder in [*FLOORS, *OTHER_FOLDERS] for f in (root / folder).rglob("*") if f.is_file())
        self.cmake = {f.relative_to(root).as_posix(): re.sub(r"#.*", "", f.read_text()) for f in files
                      if f.name == "CMakeLists.txt" or f.suffix == ".cmake"}
        self.texts = {f.relative_to(root).as_posix(): f.read_text() for f in files if f.suffix in (".h", ".cc")}
        self.includes = {path: [(text.count("\n", 0, match.start(1)) + 1, self.resolve(path, match.group(1)))
                                for match in INCLUDE.finditer(text)]
                         for path, text in self.texts.items()}

    def resolve(self, path, header):
        """A header's path from the root: one may be included by its name alone from beside it."""
        beside = (pathlib.PurePosixPath(path).parent / header).as_posix()
        return beside if beside in self.texts and header not in self.texts else header

    def report(self, where, what):
        self.found.append(f"{where}: {what}")

    def check_includes(self):
        for path, includes in self.includes.items():
            if (room := room_of(path)) and room not in ROOMS:
                self.report(path, f"{room} is not in the table of rooms")
            for line, header in includes:
                if problem := self.include_problem(path, header):
                    self.report(f"{path}:{line}", f'includes "{header}": {problem}')

    def include_problem(self, path, header):
        for pattern, allowed in LIBRARIES:
            if matches(header, [pattern]) and not matches(path, allowed):
                return f"it stays behind {' '.join(allowed)}"
        folder = path.removeprefix("tests/")
        if belongs(folder, LIGHT_ITSELF) and matches(header, HEAVY):
            return f"{folder.split('/')[0]}/ includes neither LibTorch nor MPI itself"
        if belongs(folder, LIGHT) and (way := self.way_to_heavy(header)):
            return f"{folder.rpartition('/')[0]}/ is built without LibTorch and MPI; the way: {' -> '.join(way)}"
        user, used = owner(path), owner(header)
        return in_order(user, used) if user and used and user in {**ROOMS, **FLOORS} else None

    def way_to_heavy(self, header, seen=None):
        """The headers from `header` to one of LibTorch or MPI; None where it comes to none."""
        if matches(header, HEAVY):
            return [header]
        seen = set() if seen is None else seen
        seen.add(header)
        for _, next_header in self.includes.get(header, ()):
            if next_header not in seen and (way := self.way_to_heavy(next_header, seen)):
                return [header, *way]
        return None

    def targets(self, path):
        """{target: (sources, libraries)} of a CMakeLists.txt. A variable stands for all that is ever set to it."""
        variables, targets = {}, {}
        for command, words in COMMAND.findall(self.cmake[path]):
            name, *words = re.findall(r'[^\s"]+', words) or [""]
            values = [value for word in words for value in variables.get(word, [word])]
            if command == "set":
                variables.setdefault(f"${{{name}}}", []).extend(values)
            elif TARGET_COMMAND.fullmatch(command):
                sources, libraries = targets.setdefault(name.removeprefix("lockstep_").removeprefix("lockstep::"), ([], []))
                sources += [self.source_path(path, word) for word in values if word.endswith(".cc")]
                libraries += [word for word in values if not word.endswith(".cc")]
        return targets

    def source_path(self, cmake, word):
        word = word.replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
        rooted = re.sub(r"^\$\{\w+_SOURCE_DIR\}/", str(self.root) + "/", word)
        path = (self.root / cmake).parent / rooted
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return word

    def check_libraries(self):
        users = {}  # a source's targets
        for path in self.cmake:
            for target, (sources, libraries) in self.targets(path).items():
                for source in sources:
                    users.setdefault(source, []).append(target)
                if path.split("/")[0] in FLOORS:
                    self.check_target(path, target, sources, libraries)
                else:
                    for source in filter(room_of, sources):
                        self.report(path, f"compiles {source} into {target}; link the library of its room")
        for path in self.texts:
            targets = users.get(path, [])
            if path.endswith(".cc") and not targets:
                self.report(path, "belongs to no target")
            elif room_of(path) and len(targets) > 1:
                self.report(path, f"belongs to more than one target: {' '.join(targets)}")

    def check_target(self, path, target, sources, libraries):
        floor = path.split("/")[0]
        room = f"{floor}/." if target == "lockstep" else room_of_target(target)
        if room not in ROOMS or room.split("/")[0] != floor:
            self.report(path, f"the target {target} is not named for a room of {floor}/")
            return
        for source in sources:
            if "${CMAKE_CURRENT_BINARY_DIR}" in source:  # generated
                continue
            if source not in self.texts:
                self.report(path, f"{target} lists {source}, which does not exist")
            elif room_of(source) != room:
                self.report(path, f"{source} is compiled into {target}, which is not its room's library")
        for library in libraries:
            own = OWN_LIBRARY.match(library)
            if own and (used := room_of_target(own.group(1))) and (problem := in_order(room, used)):
                self.report(path, f"{target} links {library}: {problem}")
            if HEAVY_LIBRARY.match(library) and belongs(room + "/", LIGHT):
                self.report(path, f"{target} links {library}, and is built without LibTorch and MPI")

    def check_cycles(self):
        """x.h and x.cc are one unit. A cycle of headers alone is one of their units too."""
        units = {}
        for path, includes in self.includes.items():
            unit = path.rpartition(".")[0]
            used = {header.rpartition(".")[0] for _, header in includes if header in self.texts}
            units.setdefault(unit, set()).update(used - {unit})
            if path in {header for _, header in includes}:
                self.report(path, "includes itself")
        done = set()
        for unit in sorted(units):
            if unit not in done and (cycle := shortest_cycle(units, unit)):
                done.update(cycle)
                self.report(unit, f"a cycle of files: {' -> '.join([*cycle, unit])}")

    def check_sizes(self):
        folders = {}
        for path, text in self.texts.items():
            folder = path.rpartition("/")[0]
            folders[folder] = folders.get(folder, 0) + 1
            if (lines := text.count("\n")) > MAX_LINES:
                self.report(path, f"has {lines} lines, over {MAX_LINES}")
            for line, name, length in functions(text):
                if length > MAX_FUNCTION_LINES:
                    self.report(f"{path}:{line}", f"{name} has {length} lines, over {MAX_FUNCTION_LINES}")
        for folder, count in folders.items():
            if count > MAX_FILES:
                self.report(folder, f"has {count} sources, over {MAX_FILES}: are these two rooms?")

    def violations(self):
        self.check_includes()
        self.check_libraries()
        self.check_cycles()
        self.check_sizes()
        return self.found


def shortest_cycle(edges, start):
    """The nodes of a shortest cycle through `start`, from it on; None where there is none."""
    ways, queue = {start: [start]}, [start]
    for node in queue:
        for used in sorted(edges.get(node, ())):
            if used == start:
                return ways[node]
            if used not in ways:
                ways[used] = [*ways[node], used]
                queue.append(used)
    return None


def main():
    if sys.argv[1:] not in ([], ["--self-test"]):
        sys.exit(__doc__)
    if problems := self_test(lambda planted: Tree(planted).violations()):
        sys.exit("check_layers fails its own test:\n" + "\n".join(problems))
    if sys.argv[1:]:
        return
    root = pathlib.Path(__file__).resolve().parent.parent
    tree = Tree(root)
    found = tree.violations()
    for pattern in {pattern for _, allowed in LIBRARIES for pattern in allowed}:
        if not any(root.glob(pattern)):
            found.append(f"tools/check_layers.py: no file matches {pattern}")
    if found or not tree.texts:
        sys.exit("\n".join(found) or "found no sources to check")
    print(f"the layering holds in {len(tree.texts)} files")


if __name__ == "__main__":
    main()
