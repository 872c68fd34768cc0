#include "launcher/status/run_status.h"

#include <algorithm>
#include <system_error>
#include <thread>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "core/error.h"
#include "core/file.h"
#include "core/json_parse.h"
#include "launcher/config/config_yaml.h"
#include "launcher/rank/failure_file.h"
#include "launcher/status/run_lock.h"
#include "launcher/status/submitted_jobs.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::uint64_t kMostText = 1 << 20;
/// After the lock is free a rank may still have something to say.
constexpr std::chrono::seconds kRecent{3};

/// Empty where it is not there, or cannot be read.
std::string text_of(const fs::path& path) {
  try {
    return read_file(path, ExitCode::storage, kMostText);
  } catch (const Error&) {
    return {};
  }
}

nlohmann::json json_of(std::string_view text) {
  try {
    return parse_json<nlohmann::json>(text, ExitCode::storage);
  } catch (const Error&) {
    return {};
  }
}

void check_is_run(const fs::path& run) {
  std::error_code error;
  check(fs::is_directory(run, error), ExitCode::usage,
        "'{}' is not a directory: give that of a run", run);
  check(is_run_directory(run), ExitCode::usage,
        "'{}' is not a run directory: it has no config.yaml, no checkpoints and no lock{}", run,
        runs_inside_text(run));
}

nlohmann::json read_failure(const fs::path& run) {
  nlohmann::json failure = json_of(text_of(run / kFailureFile));
  if (!failure.is_object()) return {};
  failure.erase("log");
  return failure;
}

/// Whether all that went wrong is that a command asked for what could not be, or its data were not
/// there, so that it changed nothing.
bool was_refused(const nlohmann::json& failure) {
  if (!failure.is_object()) return false;
  const nlohmann::json code = failure.value("exit_code", nlohmann::json());
  return code == static_cast<int>(ExitCode::usage) || code == static_cast<int>(ExitCode::data);
}

ProgressFacts facts_of(const fs::path& run, const Heartbeats& ranks) {
  ProgressFacts facts;
  if (!ranks.empty() && ranks.front()) facts.live_step = ranks.front()->step;
  try {
    const fs::path file = run / "config.yaml";
    const Config config = parse_config(read_file(file, ExitCode::usage, kMostText), file.string());
    facts.epochs = config.train.epochs;
    facts.global_batch = std::int64_t{config.train.batch} * config.train.lanes;
  } catch (const Error&) {  // none yet, or of another version
  }
  return facts;
}

std::string newest_job(const fs::path& run) {
  const std::vector<SubmittedJob> jobs = read_submitted_jobs(run);
  return jobs.empty() ? "" : jobs.back().job;
}

/// Where another machine may have the run, and its flock may not be seen here.
bool may_be_elsewhere(const fs::path& run, const RunHolder& self) {
  const auto holder = decode_holder(text_of(run / kRunLock));
  if (!holder || is_there(*holder, self).has_value()) return false;
  return !all_have_ended(read_heartbeats(run)) && heartbeat_age(run).value_or(1h) < 30s;
}

}  // namespace

std::string runs_inside_text(const fs::path& directory) {
  std::size_t count = 0;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    try {
      if (entry->is_directory(error) && is_run_directory(entry->path())) ++count;
    } catch (const Error&) {  // not to be looked into
    }
    error.clear();
  }
  if (count == 0) return {};
  return message("; it holds {} {}: name one, or all as {}", count, count == 1 ? "run" : "runs",
                 directory / "*");
}

bool is_run_directory(const fs::path& directory) {
  for (const char* name : {kRunLock, kStopFile, "config.yaml", "checkpoints", "slurm/jobs.jsonl"}) {
    std::error_code error;
    if (fs::symlink_status(directory / name, error).type() == fs::file_type::not_found) continue;
    check(!error, ExitCode::usage, "cannot look at '{}': {}{}", directory / name, error.message(),
          error == std::errc::permission_denied ? "; a run is its owner's (run.access)" : "");
    return true;
  }
  return false;
}

bool is_under_way(RunState state) {
  return state == RunState::queued || state == RunState::starting || state == RunState::running ||
         state == RunState::stopping;
}

RunState state_of(const StateFacts& facts) {
  if (facts.is_running) return facts.is_to_stop ? RunState::stopping : RunState::running;
  if (facts.job == JobStage::waiting) return RunState::queued;
  if (facts.job == JobStage::active && !facts.has_failed && !facts.is_complete &&
      !facts.is_ending) {
    return RunState::starting;
  }
  if (facts.has_failed) return RunState::failed;
  if (facts.is_ending) return RunState::stopping;
  if (facts.is_complete) return RunState::finished;
  if (!facts.has_begun) return facts.has_job_failed ? RunState::failed : RunState::unstarted;
  return facts.has_ended ? RunState::stopped : RunState::killed;
}

std::optional<SeenCheckpoint> newest_checkpoint(const fs::path& run) {
  const std::vector<CheckpointEntry> entries = list_checkpoints(run / kCheckpointsDirectory);
  if (entries.empty()) return std::nullopt;
  SeenCheckpoint newest{.step = entries.back().step, .directory = entries.back().directory};
  std::error_code error;
  const auto written = fs::last_write_time(newest.directory / kManifestFile, error);
  if (!error) {
    newest.age =
        std::chrono::floor<std::chrono::seconds>(fs::file_time_type::clock::now() - written);
  }
  return newest;
}

bool is_running(const fs::path& run, const Environment& environment) {
  const std::optional<bool> locked = is_locked(run);
  if (locked.value_or(false)) return true;
  if (locked && !may_be_elsewhere(run, this_process(environment))) return false;
  HeartbeatWatch watch(read_heartbeats(run), HeartbeatWatch::Clock::now());
  for (int i = 0; i < 15 && !watch.has_moved(); ++i) {
    std::this_thread::sleep_for(100ms);
    watch.look(read_heartbeats(run), HeartbeatWatch::Clock::now());
  }
  return watch.has_moved();
}

RunStatus read_status(const fs::path& run, const Environment& environment, const std::string& job) {
  check_is_run(run);
  RunStatus status{.run = run};
  status.is_running = is_running(run, environment);
  status.holder = decode_holder(text_of(run / kRunLock));
  status.ranks = read_heartbeats(run);
  status.silent_for = heartbeat_age(run);
  const NewestMetrics metrics = read_newest_metrics(run);
  const ProgressFacts facts = facts_of(run, status.ranks);
  status.progress = progress_of(metrics, facts);
  status.epoch = metrics.epoch;
  status.checkpoint = newest_checkpoint(run);
  status.failure = read_failure(run);
  status.stop = read_stop_order(run);
  status.job = job.empty() ? newest_job(run) : job;
  if (status.is_running && job.empty() && status.holder && is_job_id(status.holder->job)) {
    status.job = status.holder->job;
  }
  const bool has_ended = all_have_ended(status.ranks);
  StateFacts state{
      .is_running = status.is_running,
      .is_ending = !has_ended && status.silent_for.value_or(1h) < kRecent,
      .is_to_stop = status.stop.has_value(),
      .has_begun = !status.ranks.empty() || status.checkpoint || !metrics.step.is_null(),
      .has_ended = has_ended,
      .is_complete = facts.epochs > 0 && status.epoch.is_object() &&
                     status.epoch.at("epoch").get<double>() >= static_cast<double>(facts.epochs)};
  if (state.is_complete && was_refused(status.failure)) status.failure = {};
  state.has_failed = !status.failure.is_null();
  if (!status.job.empty()) {
    const std::optional<QueueAnswer> answer = SlurmQueue(environment).ask(status.job);
    if (answer) status.queued = answer->job;
    if (answer) state.job = answer->job ? stage_of(*answer->job) : JobStage::ended;
    state.has_job_failed = status.queued && has_failed(*status.queued);
    status.output = output_of(run, status.job);
  }
  status.state = state_of(state);
  return status;
}

}  // namespace lockstep
