#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/names.h"

namespace lockstep {

/// What starts the ranks inside a Slurm job.
enum class SlurmLauncher { srun, mpirun };
inline constexpr EnumName<SlurmLauncher> kSlurmLauncherNames[] = {
    {SlurmLauncher::srun, "srun"}, {SlurmLauncher::mpirun, "mpirun"}};
constexpr std::span<const EnumName<SlurmLauncher>> enum_names(SlurmLauncher) {
  return kSlurmLauncherNames;
}

/// The `slurm` section of a config: what `lockstep submit` asks of a cluster. Empty texts and zeros
/// are left to the cluster's own defaults.
struct SlurmOptions {
  std::string job_name;   ///< empty: the name of the run directory
  std::string partition;  ///< or several, with commas between them
  std::string account;
  std::string qos;
  std::string time;  ///< of one attempt, as Slurm writes it: "12:00:00", "2-00:00:00"
  std::string mem;   ///< of each node, as Slurm writes it: "200G"
  std::string constraint;
  std::string exclude;  ///< nodes
  int nodes = 1;
  int nodes_min = 0;        ///< an attempt may start on so few nodes; 0: on `nodes` alone
  int ntasks_per_node = 0;  ///< ranks of each node; 0: one for each GPU, or one where there is none
  int gpus_per_node = 0;    ///< 0: none
  int cpus_per_task = 0;
  SlurmLauncher launcher = SlurmLauncher::srun;
  int signal_s = 120;   ///< seconds before the time limit at which the ranks are asked to stop
  int max_stalled = 3;  ///< attempts in a row without a newer checkpoint, after which the job ends
  std::vector<std::string> setup;    ///< lines of the batch script before anything else is run
  std::vector<std::string> wrapper;  ///< words before the program, such as a container's
};

}  // namespace lockstep
