#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/config/slurm_options.h"

namespace lockstep {

/// A training as a Slurm job: all that its batch script says. In `run` and `arguments` "%a" stands
/// for the index of a job array's task, where there is an array.
///
///     BatchJob job{.slurm = config.slurm, .program = "/opt/lockstep/bin/lockstep", ...};
///     check_batch_job(job);
///     replace_file(job.notes / "train.sbatch", batch_script(job));
struct BatchJob {
  SlurmOptions slurm = {};  ///< with a job_name
  std::string array = {};   ///< indices, as Slurm writes them ("1-5"); empty: no job array
  std::string dependency = {};
  std::filesystem::path program = {};            ///< lockstep
  std::filesystem::path mpirun = {};             ///< for SlurmLauncher::mpirun
  std::filesystem::path run = {};                ///< the run directory; absolute
  std::filesystem::path notes = {};              ///< for the script and what it writes; absolute
  std::filesystem::path working_directory = {};  ///< absolute
  int most_ranks = 0;                            ///< the run's lanes; 0: any number
  std::vector<std::string> arguments = {};       ///< of `lockstep train`
};

/// The ranks of one node.
int ranks_per_node(const SlurmOptions& slurm);
/// The fewest nodes that an attempt may have.
int fewest_nodes(const SlurmOptions& slurm);

/// The first index of a job array such as "3-5,9" or "0-15:4%2". Throws Error(usage) where it is
/// none.
int first_index(const std::string& array);

/// Whether Slurm can read what is asked of it. Throws Error(usage) that names the option.
void check_batch_job(const BatchJob& job);

/// The batch script: options for sbatch, the lines of `slurm.setup`, settings, and the body of
/// slurm/train.sbatch. `job` was checked.
std::string batch_script(const BatchJob& job);

/// The name for a job of a run directory: its own, without what Slurm could misread.
std::string job_name_of(const std::filesystem::path& run);

/// `word` as a shell reads it back.
std::string shell_quoted(const std::string& word);
/// Several, with spaces between them.
std::string shell_quoted(const std::vector<std::string>& words);

}  // namespace lockstep
