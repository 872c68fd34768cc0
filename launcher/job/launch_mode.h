#pragma once

#include <map>
#include <string>

namespace lockstep {

using Environment = std::map<std::string, std::string>;

/// A copy of this process's environment.
Environment current_environment();

/// How this process was started.
enum class LaunchMode {
  alone,  ///< by a person or a batch script: one rank, or the parent that starts -n of them
  rank,   ///< by mpirun or by srun with PMIx: one of the job's ranks
};

/// Looks only for what a launcher that Open MPI can talk to sets (PMIX_RANK, OMPI_COMM_WORLD_SIZE).
/// SLURM_PROCID says nothing: the body of a batch script has it too. Throws Error(usage), before
/// MPI_Init would hang or start each task as a job of its own, where tasks were started side by
/// side without PMIx.
LaunchMode launch_mode(const Environment& environment);

}  // namespace lockstep
