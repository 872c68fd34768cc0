#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// A line of RUN/slurm/jobs.jsonl.
struct SubmittedJob {
  std::string job;    ///< "123"
  std::string array;  ///< its indices, as sbatch has them: "1-5", "1,3,7%2"; empty: one run
  std::string runs;   ///< of an array, the runs' directories, with "%a" in the place of the index
  bool operator==(const SubmittedJob&) const = default;
};

/// The newest last. Lines that are none are passed over.
std::vector<SubmittedJob> parse_submitted_jobs(std::string_view text);
/// Of a run, or a job array's directory; none where there is no such file, or it cannot be read.
std::vector<SubmittedJob> read_submitted_jobs(const std::filesystem::path& run);

/// The last few of them, which may still be in the queue.
std::vector<SubmittedJob> newest_jobs(const std::filesystem::path& run);

/// What a job has printed; empty where there is no such file.
std::filesystem::path output_of(const std::filesystem::path& run, const std::string& job);

}  // namespace lockstep
