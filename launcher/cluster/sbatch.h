#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/cluster/batch_job.h"
#include "launcher/job/launch_mode.h"

namespace lockstep {

/// The command that submits `script`. What the job gets of this environment is what sbatch gets.
std::vector<std::string> sbatch_command(const std::string& sbatch, const BatchJob& job,
                                        const std::filesystem::path& script);

/// The job's number, from what `sbatch --parsable` prints ("123" or "123;cluster"); empty where it
/// is none.
std::string parse_job_number(const std::string& printed);

/// Submits `script` with the sbatch on PATH, and notes it in jobs.jsonl beside the script. Returns
/// the job's number. Throws Error(usage) with sbatch's own words where it refuses.
std::string submit(const BatchJob& job, const std::filesystem::path& script,
                   const Environment& environment);

}  // namespace lockstep
