#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/job/host.h"
#include "launcher/job/launch_mode.h"

namespace lockstep {

/// What the command that starts the ranks depends on.
struct MpirunRequest {
  std::filesystem::path mpirun;
  int ranks = 1;
  std::vector<std::string> program;  ///< each rank's argv
  HostResources host;
  bool on_gpus = false;                     ///< the ranks compute on GPUs
  std::filesystem::path session_directory;  ///< for Open MPI's own files; a short path
  std::filesystem::path segment_directory;  ///< for its shared memory
  /// process_vm_readv works here. Some containers forbid it, and Open MPI then fails at the first
  /// long message.
  bool cross_memory_attach = true;
};

struct MpirunCommand {
  std::vector<std::string> argv;
  Environment environment;
  std::string warning;  ///< for the user; empty: none
};

/// Pure. What Open MPI is told goes through its environment variables, and those that the user has
/// set in `environment` win.
MpirunCommand mpirun_command(const MpirunRequest& request, const Environment& environment);

/// The mpirun of the Open MPI that `program` (this executable) is linked to: that of its package,
/// or the one that it was built with. LOCKSTEP_MPIRUN names another. Throws Error(usage).
std::filesystem::path find_mpirun(const Environment& environment,
                                  const std::filesystem::path& program);

/// The program of this name in the folders of PATH; empty where there is none.
std::filesystem::path find_on_path(const Environment& environment, std::string_view name);

/// How many ranks `-n auto` starts: one for each device (GPUs where there are some, else cores),
/// but no more than lanes (0: any number).
int automatic_ranks(int lanes, int gpus, int cores);

}  // namespace lockstep
