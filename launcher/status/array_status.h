#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "launcher/status/run_status.h"
#include "launcher/status/submitted_jobs.h"

namespace lockstep {

/// A run of a job array.
struct ArrayTask {
  int index = 0;
  RunStatus status;  ///< its place, state and job alone where it has not begun
};

/// What `lockstep submit --array` has made of a directory: a run for each index.
struct ArrayStatus {
  std::filesystem::path directory;
  SubmittedJob job;
  std::vector<ArrayTask> tasks;
};

/// std::nullopt where the last job that was submitted with `directory` is none.
std::optional<ArrayStatus> read_array_status(const std::filesystem::path& directory,
                                             const Environment& environment);

/// {"directory", "job", "array", "tasks": [{"index", and what to_json() of a run has}]}
nlohmann::json to_json(const ArrayStatus& array);
/// A line for each task.
std::string to_text(const ArrayStatus& array);

}  // namespace lockstep
