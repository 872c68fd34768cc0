#include "launcher/status/array_status.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/printable.h"
#include "launcher/config/array_indices.h"
#include "launcher/status/slurm_queue.h"
#include "launcher/status/status_report.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// Index to what Slurm says of that task. Of "123_[2-5%1]", to each.
std::map<int, QueuedJob> queued_tasks(const SubmittedJob& job, const Environment& environment) {
  std::map<int, QueuedJob> tasks;
  const auto answer = SlurmQueue(environment).ask_all(job.job);
  if (!answer) return tasks;
  for (const QueuedJob& queued : *answer) {
    std::string indices = queued.id.substr(std::min(queued.id.find('_'), queued.id.size() - 1) + 1);
    std::erase_if(indices, [](char c) { return c == '[' || c == ']'; });
    for (const int index : array_indices(indices)) tasks[index] = queued;
  }
  return tasks;
}

std::string why_text(const RunStatus& status) {
  if (status.failure.is_object()) return "see its failure.json";
  if (!status.output.empty()) return "see " + printable(status.output.string());
  return "without output: do the nodes see its directory?";
}

RunState state_before_start(const std::optional<QueuedJob>& queued) {
  const auto stage = queued ? std::optional(stage_of(*queued)) : std::nullopt;
  return state_of({.job = stage, .has_job_failed = queued && has_failed(*queued)});
}

RunStatus read_task(const ArrayStatus& array, int index, const std::optional<QueuedJob>& queued,
                    const Environment& environment) {
  const fs::path run = with_array_index(array.job.runs, std::to_string(index));
  const std::string id = fmt::format("{}_{}", array.job.job, index);
  RunStatus status{.run = run, .state = state_before_start(queued), .job = id, .queued = queued};
  if (is_run_directory(run)) status = read_status(run, environment, id);
  status.output = output_of(array.directory, id);
  return status;
}

}  // namespace

std::optional<ArrayStatus> read_array_status(const fs::path& directory,
                                             const Environment& environment) {
  const std::vector<SubmittedJob> jobs = read_submitted_jobs(directory);
  if (jobs.empty() || jobs.back().array.empty() || jobs.back().runs.empty()) return std::nullopt;
  ArrayStatus array{.directory = directory, .job = jobs.back(), .tasks = {}};
  const std::map<int, QueuedJob> queued = queued_tasks(array.job, environment);
  for (const int index : array_indices(array.job.array)) {
    const auto found = queued.find(index);
    const auto of_task = found == queued.end() ? std::nullopt : std::optional(found->second);
    array.tasks.push_back({index, read_task(array, index, of_task, environment)});
  }
  return array;
}

nlohmann::json to_json(const ArrayStatus& array) {
  nlohmann::json tasks = nlohmann::json::array();
  for (const ArrayTask& task : array.tasks) {
    nlohmann::json json = to_json(task.status);
    json["index"] = task.index;
    tasks.push_back(std::move(json));
  }
  return {{"directory", array.directory.string()},
          {"job", array.job.job},
          {"array", array.job.array},
          {"tasks", std::move(tasks)}};
}

std::string to_text(const ArrayStatus& array) {
  std::string text =
      fmt::format("{}: Slurm job {}, an array of {} runs\n", printable(array.directory.string()),
                  array.job.job, array.tasks.size());
  for (const auto& [index, status] : array.tasks) {
    const RunProgress& progress = status.progress;
    text += fmt::format("  {:<6}{:<11}{}", index, name_of(status.state),
                        printable(status.run.string()));
    if (progress.step >= 0) text += fmt::format(", step {}", progress.step);
    if (progress.step >= 0 && progress.steps > 0) text += fmt::format(" of {}", progress.steps);
    if (status.checkpoint) text += fmt::format(", checkpoint {}", status.checkpoint->step);
    if (status.state == RunState::failed) text += ", " + why_text(status);
    text += "\n";
  }
  return text;
}

}  // namespace lockstep
