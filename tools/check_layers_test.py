"""The self-test of check_layers.py: one violation of each kind in a temporary tree, beside files that hold to the rules.
Run it with `tools/check_layers.py --self-test`."""
import pathlib
import tempfile

LONG = "void long_one(int a,\n              int b) {\n" + "  f({a, b});\n" * 58 + "}\n"

# (file, text, what its violation says)
BAD = [
    # Includes between floors and between rooms.
    ("core/a.h", '#include "comm/communicator/x.h"', "core/. does not stand on comm/communicator"),
    ("imaging/codec/a.cc", '#include "sharding/read/x.h"', "imaging/codec does not stand on sharding/read"),
    ("imaging/pixels/a.cc", '\n#include "imaging/codec/x.h"', "imaging/pixels does not stand on imaging/codec"),
    ("sharding/listing/a.h", '#include "sharding/write/x.h"', "sharding/listing does not stand on sharding/write"),
    ("checkpoint/a.cc", '#include "comm/tree/x.h"', "checkpoint/. does not stand on comm/tree"),
    ("models/a.cc", '#include "sharding/read/x.h"', "models/. does not stand on sharding/read"),
    ("trainer/lane/a.h", '#include "trainer/x.h"', "trainer/lane does not stand on trainer/."),
    ("launcher/run/a.h", '#include "launcher/commands/x.h"', "launcher/run does not stand on launcher/commands"),
    ("tests/core/a.h", '#include "trainer/x.h"', "core does not stand on trainer/."),
    ("imaging/attic/a.h", "", "imaging/attic is not in the table of rooms"),
    ("sharding/read/b.h", '#include "imaging/a.h"', "imaging/. is not in the table of rooms"),
    # Libraries behind the sources that wrap them; LibTorch and MPI.
    ("imaging/render/b.cc", "#  include <mpi.h>", "it stays behind comm/communicator/mpi*"),
    ("sharding/read/c.cc", "#include <hdf5.h>", "it stays behind sharding/*/hdf5*"),
    ("comm/communicator/mpi_x.cc", "#include <nccl.h>", "it stays behind comm/device/nccl*"),
    ("trainer/a.cc", "#include <jpeglib.h>", "it stays behind imaging/codec/jpeg*"),
    ("core/b.cc", "#include <torch/torch.h>", "core/ is built without LibTorch and MPI; the way: torch/torch.h"),
    ("sharding/feed/b.cc", "#include <ATen/core/Tensor.h>", "sharding/feed/ is built without LibTorch"),
    ("launcher/config/b.h", '#include "trainer/lane/heavy.h"', "the way: trainer/lane/heavy.h -> torch/nn.h"),
    ("tests/imaging/b.h", "#include <torch/torch.h>", "imaging/ is built without LibTorch"),
    ("checkpoint/b.cc", "#include <c10/util/Half.h>", "checkpoint/ includes neither LibTorch nor MPI itself"),
    # Cycles.
    ("core/ring_a.h", '#include "core/ring_b.h"', "core/ring_a -> core/ring_b -> core/ring_c -> core/ring_a"),
    ("core/self.h", '#include "core/self.h"', "includes itself"),
    ("comm/tree/one.h", '#include "comm/tree/two.h"', "comm/tree/one -> comm/tree/two -> comm/tree/one"),
    # Sizes.
    ("core/long.h", "// line\n" * 400, "has 401 lines, over 400"),
    ("core/c.h", "namespace a {\n" + LONG + "}", "core/c.h:2: void long_one(int a, int b) has 61 lines, over 60"),
    ("core/d.h", "class A {\n public:\n  A() : a_{1}, b_(2) {\n" + "    f();\n" * 60 + "  }\n};", "has 62 lines, over 60"),
    # Sources and the targets that compile them.
    ("core/nowhere.cc", "", "belongs to no target"),
    ("tests/core/nowhere_test.cc", "", "belongs to no target"),
    ("core/twice.cc", "", "belongs to more than one target: core core"),
    ("imaging/render/stolen.cc", "", "belongs to more than one target: imaging_render thief"),
]
BAD_CMAKE = [
    ("core/CMakeLists.txt", "target_sources(lockstep_core PRIVATE twice.cc gone.cc)",
     "lists core/gone.cc, which does not exist"),
    ("core/CMakeLists.txt", "target_link_libraries(lockstep_core PUBLIC lockstep_imaging_codec)",
     "core/. does not stand on imaging/codec"),
    ("imaging/CMakeLists.txt", "target_link_libraries(lockstep_imaging_render PRIVATE lockstep::imaging_augment)",
     "imaging/render does not stand on imaging/augment"),
    ("imaging/CMakeLists.txt", "target_sources(lockstep_imaging_render PRIVATE pixels/stray.cc)",
     "imaging/pixels/stray.cc is compiled into imaging_render, which is not its room's library"),
    ("sharding/CMakeLists.txt", "lockstep_library(sharding_read LINK lockstep::sharding_feed)",
     "sharding/read does not stand on sharding/feed"),
    ("sharding/CMakeLists.txt", "lockstep_library(sharding_cellar LINK lockstep::core)",
     "the target sharding_cellar is not named for a room of sharding/"),
    ("launcher/CMakeLists.txt", "lockstep_library(launcher_job LINK lockstep::torch_cpu)",
     "is built without LibTorch and MPI"),
    ("checkpoint/CMakeLists.txt", "set(more lockstep::comm_reduction)\nlockstep_library(checkpoint LINK ${more})",
     "checkpoint/. does not stand on comm/reduction"),
    ("tests/imaging/CMakeLists.txt", 'add_executable(thief "${PROJECT_SOURCE_DIR}/imaging/render/stolen.cc")',
     "compiles imaging/render/stolen.cc into thief; link the library of its room"),
]
GOOD = {
    "core/ring_b.h": '#include "core/ring_c.h"',
    "core/ring_c.h": "",
    "core/ring_c.cc": '#include "core/ring_a.h"',
    "imaging/pixels/stray.cc": "",
    "comm/tree/two.h": "",
    "comm/tree/two.cc": '#include "comm/tree/one.h"',
    "comm/device/nccl_x.cc": "#include <nccl.h>\n#include <ATen/core/Tensor.h>",
    "comm/device/no_device.cc": "",
    "imaging/augment/x.cc": '#include "imaging/pixels/x.h"\n#include "core/e.h"',
    "sharding/format/hdf5_x.cc": '#include <hdf5.h>\n#include "imaging/codec/x.h"',
    "trainer/lane/heavy.h": "#include <torch/nn.h>",
    "trainer/x.cc": '#include "comm/reduction/x.h"\n#include "trainer/optimizer/x.h"\n#include "imaging/pixels/x.h"',
    "launcher/main.cc": '#include "launcher/config/x.h"\n#include "sharding/feed/x.h"',
    "tests/e2e/a_test.cc": '#include "launcher/run/x.h"',
    "tests/mpi_main.cc": "",
    # A function of 60 lines, and long things that are none.
    "core/e.h": LONG.replace("  f({a, b});\n", "", 1)
                + 'const std::vector<std::string> table = {\n' + '  f("{"),\n' * 70 + "};\n"
                + "struct Big : Base {\n" + "  int f(int x) { return x; }\n" * 70 + "};\n",
    "core/CMakeLists.txt": "lockstep_library(core SOURCES b.cc ring_c.cc twice.cc LINK fmt::fmt) # lockstep::trainer",
    "comm/CMakeLists.txt": "set(device device/no_device.cc)\nif(CUDA)\n  set(device device/nccl_x.cc)\nendif()\n"
                           "lockstep_library(comm_communicator SOURCES communicator/mpi_x.cc PRIVATE MPI::MPI_C)\n"
                           "lockstep_library(comm_device SOURCES ${device}\n"
                           "  LINK lockstep::comm_communicator lockstep::torch_cpu)\n"
                           "lockstep_library(comm_tree SOURCES tree/two.cc LINK lockstep::comm_communicator)",
    "imaging/CMakeLists.txt": "lockstep_library(imaging_pixels SOURCES pixels/a.cc LINK lockstep::core)\n"
                              "lockstep_library(imaging_codec SOURCES codec/a.cc LINK lockstep::imaging_pixels)\n"
                              "lockstep_library(imaging_render SOURCES render/b.cc render/stolen.cc)\n"
                              "lockstep_library(imaging_augment SOURCES augment/x.cc LINK lockstep::imaging_render)",
    "checkpoint/CMakeLists.txt": "lockstep_library(checkpoint SOURCES a.cc b.cc LINK lockstep::comm_communicator)",
    "models/CMakeLists.txt": "lockstep_library(models SOURCES a.cc LINK lockstep::models_catalog lockstep::torch_cpu)",
    "sharding/CMakeLists.txt": "lockstep_library(sharding_format SOURCES format/hdf5_x.cc LINK lockstep::imaging_codec)\n"
                               "lockstep_library(sharding_read SOURCES read/c.cc LINK lockstep::sharding_format)\n"
                               "lockstep_library(sharding_feed SOURCES feed/b.cc LINK lockstep::sharding_read)",
    "trainer/CMakeLists.txt": "lockstep_library(trainer SOURCES a.cc x.cc\n"
                              "  LINK lockstep::trainer_task lockstep::comm_reduction)",
    "launcher/CMakeLists.txt": "add_executable(lockstep main.cc)\n"
                               "target_link_libraries(lockstep PRIVATE lockstep::launcher_commands CLI11::CLI11)",
    "tests/e2e/CMakeLists.txt": "lockstep_test(e2e_a_test SOURCES a_test.cc LINK lockstep::launcher_run)",
    "cmake/Targets.cmake": 'add_executable(${name} ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/tests/mpi_main.cc")',
    **{f"comm/reduction/full_{i}.h": "" for i in range(25)},
    **{f"trainer/schedule/full_{i}.h": "" for i in range(26)},
}


def self_test(violations):
    """What `violations(root)` misses of the planted tree, and what it invents, one line each."""
    files = {**GOOD, **{path: text for path, text, _ in BAD}}
    for path, text, _ in BAD_CMAKE:
        files[path] = f"{files.get(path, '')}\n{text}"
    with tempfile.TemporaryDirectory() as directory:
        for path, text in files.items():
            file = pathlib.Path(directory, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n")
        found = violations(pathlib.Path(directory))
    expected = [(path, what) for path, _, what in BAD + BAD_CMAKE] + [("trainer/schedule", "has 26 sources, over 25")]
    missed = [f"missed in {path}: {what}" for path, what in expected if not any(is_of(line, path, what) for line in found)]
    invented = [f"invented: {line}" for line in found if not any(is_of(line, path, what) for path, what in expected)]
    return missed + invented


def is_of(line, path, what):
    return line.startswith(path.removesuffix(".h")) and what in line
