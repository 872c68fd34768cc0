#include "launcher/run_commands/stop_command.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "core/error.h"
#include "launcher/setup/run_access.h"
#include "launcher/setup/run_directory.h"
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

}  // namespace

void StopCommand::add_options(CLI::App& app) {
  app.add_option("RUN", run_directory, "The run's directory")->required();
  app.add_flag("--no-wait", no_wait, "Do not wait until the run has stopped");
}

ExitCode StopCommand::run(Process& process) const {
  const RunStatus before = read_status(run_directory, process.environment);
  const std::string name = printable(run_directory.string());
  if (before.queued && stage_of(*before.queued) == JobStage::waiting && !before.is_running) {
    SlurmQueue(process.environment).cancel(before.job);
    say(fmt::format("{}: its Slurm job {}, which waited in the queue, is cancelled; {}", name,
                    printable(before.job), checkpoint_text(before)));
    return ExitCode::ok;
  }
  const bool has_job = before.queued && stage_of(*before.queued) == JobStage::active;
  if (!before.is_running && !has_job) {
    say(fmt::format("{}: does not run ({}); {}", name, name_of(before.state),
                    checkpoint_text(before)));
    return ExitCode::ok;
  }
  if (before.stop && before.is_running) {
    say(fmt::format("{}: was asked to stop before, by {}", name, to_text(*before.stop)));
  } else {
    ask(run_directory);
  }
  if (no_wait) {
    say(fmt::format("{}: is asked to stop; it finishes its step and commits a checkpoint", name));
    return ExitCode::ok;
  }
  const RunStatus after = wait_for_end(run_directory, process.environment);
  check(after.state != RunState::failed && after.state != RunState::killed, ExitCode::rank_lost,
        "the run '{}' has ended otherwise before it could stop:\n{}", run_directory,
        OwnLines{to_text(after)});
  say(fmt::format("{}: {} at step {}; {}", name,
                  after.state == RunState::finished ? "finished" : "stopped",
                  std::max(after.progress.step, after.checkpoint ? after.checkpoint->step : -1),
                  checkpoint_text(after)));
  return ExitCode::ok;
}

}  // namespace lockstep
