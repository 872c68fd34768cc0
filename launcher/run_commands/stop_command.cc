#include "launcher/run_commands/stop_command.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "core/error.h"
#include "core/file.h"
#include "launcher/setup/run_access.h"
#include "launcher/setup/run_directory.h"
#include "launcher/status/array_status.h"
#include "launcher/status/run_status.h"
#include "launcher/status/status_report.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

void say(const std::string& text) { fmt::print("{}\n", text); }

std::string checkpoint_text(const RunStatus& status) {
  if (!status.checkpoint) return "it has no checkpoint";
  return fmt::format("its newest checkpoint is {}",
                     printable(status.checkpoint->directory.string()));
}

/// The order, by a file that only those may read who may read the run.
void ask(const fs::path& run) {
  try {
    const std::optional<Config> config = RunDirectory(run).saved_config();
    restrict_access(config ? config->run.access : RunAccess::owner);
  } catch (const Error&) {  // of another version
    restrict_access(RunAccess::owner);
  }
  make_directories(run);  // a job that has only just begun has none yet
  write_stop_order(run, make_stop_order());
}

/// Until the training has ended, or a job that had not come to it.
RunStatus wait_for_end(const fs::path& run, const Environment& environment) {
  for (;;) {
    // The lock is asked often, Slurm seldom.
    for (int i = 0; i < 50 && is_running(run, environment); ++i) std::this_thread::sleep_for(200ms);
    RunStatus status = read_status(run, environment);
    if (!is_under_way(status.state)) return status;
    // The batch script of a training that has ended by itself may still be there.
    if (status.state == RunState::starting && all_have_ended(status.ranks)) return status;
    std::this_thread::sleep_for(status.state == RunState::starting ? 2s : 1s);
  }
}

bool waits(const RunStatus& status) {
  return status.queued && stage_of(*status.queued) == JobStage::waiting && !status.is_running;
}

/// Jobs that were submitted earlier for the same run would continue it.
void cancel_older_jobs(const fs::path& run, const std::string& newest,
                       const Environment& environment) {
  const SlurmQueue queue(environment);
  for (const SubmittedJob& job : newest_jobs(run)) {
    if (job.job == newest || !job.array.empty()) continue;
    const std::optional<QueueAnswer> answer = queue.ask(job.job);
    if (!answer || !answer->job || stage_of(*answer->job) != JobStage::waiting) continue;
    queue.cancel(job.job);
    say(fmt::format("{}: its Slurm job {}, which waited in the queue too, is cancelled",
                    printable(run.string()), job.job));
  }
}

/// Asks one run to stop, or takes its job out of the queue. True where there is an end to wait for.
bool begin_stop(const RunStatus& before, const Environment& environment) {
  const std::string name = printable(before.run.string());
  if (waits(before)) {
    SlurmQueue(environment).cancel(before.job);
    say(fmt::format("{}: its Slurm job {}, which waited in the queue, is cancelled; {}", name,
                    printable(before.job), checkpoint_text(before)));
    return false;
  }
  const bool has_job = before.queued && stage_of(*before.queued) == JobStage::active;
  if (!before.is_running && !has_job) {
    say(fmt::format("{}: does not run ({}); {}", name, name_of(before.state),
                    checkpoint_text(before)));
    return false;
  }
  if (before.stop && before.is_running) {
    say(fmt::format("{}: was asked to stop before, by {}", name, to_text(*before.stop)));
  } else {
    ask(before.run);
  }
  return true;
}

void finish_stop(const fs::path& run, const Environment& environment) {
  const RunStatus after = wait_for_end(run, environment);
  check(after.state != RunState::failed && after.state != RunState::killed, ExitCode::rank_lost,
        "the run '{}' has ended otherwise before it could stop:\n{}", run,
        OwnLines{to_text(after)});
  say(fmt::format("{}: {} at step {}; {}", printable(run.string()),
                  after.state == RunState::finished ? "finished" : "stopped",
                  std::max(after.progress.step, after.checkpoint ? after.checkpoint->step : -1),
                  checkpoint_text(after)));
}

/// The tasks that wait all at once, before one of them begins; then those that run.
std::vector<fs::path> begin_stop(const ArrayStatus& array, const Environment& environment) {
  std::vector<fs::path> asked;
  const auto waiting =
      std::ranges::count_if(array.tasks, [](const ArrayTask& task) { return waits(task.status); });
  if (waiting > 0) {
    SlurmQueue(environment).cancel_waiting(array.job.job);
    say(fmt::format("{}: {} of its runs waited in the queue, as Slurm job {}, and {} cancelled",
                    printable(array.directory.string()), waiting, array.job.job,
                    waiting == 1 ? "is" : "are"));
  }
  for (const ArrayTask& task : array.tasks) {
    if (!waits(task.status) && begin_stop(task.status, environment)) {
      asked.push_back(task.status.run);
    }
  }
  return asked;
}

}  // namespace

void StopCommand::add_options(CLI::App& app) {
  app.add_option("RUN", run_directory, "The directory of a run, or of a job array")->required();
  app.add_flag("--no-wait", no_wait, "Do not wait until the run has stopped");
}

ExitCode StopCommand::run(Process& process) const {
  const Environment& environment = process.environment;
  std::vector<fs::path> asked;
  if (const auto array = read_array_status(run_directory, environment)) {
    asked = begin_stop(*array, environment);
  } else {
    const RunStatus before = read_status(run_directory, environment);
    if (begin_stop(before, environment)) asked.push_back(run_directory);
    cancel_older_jobs(run_directory, before.job, environment);
  }
  for (const fs::path& run : asked) {
    if (no_wait) {
      say(fmt::format("{}: is asked to stop; it finishes its step and commits a checkpoint",
                      printable(run.string())));
    } else {
      finish_stop(run, environment);
    }
  }
  return ExitCode::ok;
}

}  // namespace lockstep
