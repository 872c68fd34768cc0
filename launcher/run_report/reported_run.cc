#include "launcher/run_report/reported_run.h"

#include <algorithm>
#include <set>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "core/error.h"
#include "core/file.h"
#include "core/json_fields.h"
#include "core/json_parse.h"
#include "launcher/config/config_fields.h"
#include "launcher/config/config_yaml.h"
#include "launcher/history/restarts.h"
#include "launcher/setup/run_directory.h"
#include "launcher/status/array_status.h"
#include "launcher/status/run_places.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// Whether a key says how the run trains, and not where, what is kept and how it is told.
bool is_of_training(std::string_view key) {
  constexpr std::string_view kOthers[] = {"run.", "checkpoint.", "log.", "slurm."};
  return std::ranges::none_of(kOthers,
                              [&](std::string_view begin) { return key.starts_with(begin); });
}

void read_config(const fs::path& directory, ReportedRun& run) {
  const RunDirectory files(directory);
  try {
    const std::optional<Config> config = files.saved_config();
    if (!config) return;
    run.config = to_yaml(*config);
    run.seed = std::to_string(config->run.seed);
    run.goal = config->task.goal;
    for (const ConfigField& field : config_fields()) {
      if (!is_of_training(field.key) || !field.has_effect(*config)) continue;
      run.settings.emplace_back(field.key, field.write(*config));
    }
  } catch (const Error& error) {
    run.config_problem = error.what();
  }
}

std::vector<Manifest> read_manifests(const fs::path& directory) {
  std::vector<Manifest> manifests;
  for (const CheckpointEntry& entry : list_checkpoints(directory / kCheckpointsDirectory)) {
    try {
      manifests.push_back(read_manifest(entry.directory));
    } catch (const Error&) {  // lockstep checkpoints says what is damaged
    }
  }
  return manifests;
}

/// What the model of a checkpoint learns; std::nullopt where the file does not tell.
std::optional<TaskSpec> task_of(const fs::path& checkpoint) {
  constexpr std::uint64_t kMostBytes = 1 << 28;
  try {
    const auto state = parse_json<nlohmann::json>(
        read_file(checkpoint / kStateFile, ExitCode::storage, kMostBytes), ExitCode::storage);
    return read_task_spec(JsonFields<nlohmann::json>(state, ExitCode::storage).object("task"));
  } catch (const Error&) {  // lockstep checkpoints says what is damaged
    return std::nullopt;
  }
}

void read_checkpoints(const fs::path& directory, ReportedRun& run) {
  const std::vector<Manifest> manifests = read_manifests(directory);
  if (manifests.empty()) return;
  for (const Manifest& manifest : manifests) run.digests.push_back(manifest.state_digest);
  const std::optional<BestCheckpoint>& best = manifests.back().best;
  const auto found = std::ranges::find_if(
      manifests, [&](const Manifest& manifest) { return best && manifest.step == best->step; });
  const Manifest& chosen = found == manifests.end() ? manifests.back() : *found;
  for (const CheckpointEntry& entry : list_checkpoints(directory / kCheckpointsDirectory)) {
    if (entry.step == chosen.step) run.model.path = entry.directory;
  }
  run.task = task_of(run.model.path);
  run.model.kind = "checkpoint";
  run.model.step = chosen.step;
  run.model.digest = chosen.state_digest;
  run.model.pack_fingerprint = chosen.pack_fingerprint;
  for (const auto& [key, value] : chosen.environment.items()) {
    run.environment[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
}

ReportedRun read_run(const RunStatus& status) {
  ReportedRun run{.name = status.run.string(), .state = status.state};
  const auto message = status.failure.find("message");
  if (status.failure.is_object() && message != status.failure.end() && message->is_string()) {
    run.failure = message->get<std::string>();
  }
  std::error_code error;
  if (!fs::is_directory(status.run, error)) return run;  // of an array, and not begun
  read_config(status.run, run);
  run.history = read_history(status.run);
  run.restarts = read_restarts(status.run);
  read_checkpoints(status.run, run);
  return run;
}

}  // namespace

std::vector<ReportedRun> read_reported_runs(const std::vector<fs::path>& directories,
                                            const Environment& environment) {
  std::vector<ReportedRun> runs;
  std::set<fs::path> seen;
  const auto add = [&](const RunStatus& status) {
    if (seen.insert(place_of(status.run)).second) runs.push_back(read_run(status));
  };
  for (const fs::path& directory : directories) {
    if (const auto array = read_array_status(directory, environment)) {
      for (const ArrayTask& task : array->tasks) add(task.status);
    } else {
      add(read_status(directory, environment));
    }
  }
  return runs;
}

}  // namespace lockstep
