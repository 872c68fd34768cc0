#include "launcher/job/launch_mode.h"

#include <cstdlib>
#include <string_view>
#include <unistd.h>

#include "core/error.h"
#include "launcher/job/parent_protocol.h"

namespace lockstep {
namespace {

/// 0 where the variable is unset or no number.
long number(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? 0 : std::strtol(found->second.c_str(), nullptr, 10);
}

}  // namespace

Environment current_environment() {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

LaunchMode launch_mode(const Environment& environment) {
  if (environment.contains("PMIX_RANK") || environment.contains("OMPI_COMM_WORLD_SIZE")) {
    return LaunchMode::rank;
  }
  check(!environment.contains(parent_variable), ExitCode::usage,
        "the mpirun that `-n` started is not from Open MPI, with which lockstep is built; set "
        "LOCKSTEP_MPIRUN to the right one");
  // A batch script's body and an interactive shell are steps of one task, or of none.
  const bool step = environment.contains("SLURM_STEP_ID") && environment.contains("SLURM_PROCID");
  check(!step || number(environment, "SLURM_STEP_NUM_TASKS") <= 1, ExitCode::usage,
        "srun started {} tasks without PMIx, so they cannot find each other: use `srun --mpi=pmix` "
        "(`srun --mpi=list` shows whether it is available), or start one task with `-n RANKS`",
        number(environment, "SLURM_STEP_NUM_TASKS"));
  check(number(environment, "PMI_SIZE") <= 1, ExitCode::usage,
        "an MPI launcher without PMIx support started {} processes (PMI_SIZE is set), so they "
        "cannot find each other: use Open MPI's mpirun, or one process with `-n RANKS`",
        number(environment, "PMI_SIZE"));
  return LaunchMode::alone;
}

}  // namespace lockstep
