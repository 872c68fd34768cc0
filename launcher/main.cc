#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include "comm/communicator/cuda_device.h"
#include "core/log.h"
#include "launcher/commands/checkpoints_command.h"
#include "launcher/commands/command_line.h"
#include "launcher/commands/inspect_augmented.h"
#include "launcher/commands/inspect_command.h"
#include "launcher/commands/pack_command.h"
#include "launcher/commands/verify_command.h"
#include "launcher/job/host.h"
#include "launcher/job/job.h"
#include "launcher/job/mpirun_command.h"
#include "launcher/job/progress.h"
#include "launcher/rank/rank_process.h"
#include "launcher/run/run_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// What the commands share.
struct Process {
  Environment environment;
  RankProcess& rank;
};

/// How the ranks' commands were started, and how they are stopped.
struct Launch {
  explicit Launch(const Environment& environment)
      : mode(launch_mode(environment)),
        stop(mode == LaunchMode::rank ? StopSignals::rank : StopSignals::terminal) {}

  LaunchMode mode;
  StopRequest stop;
};

/// How many ranks -n asks for.
int count_ranks(const RankCount& count, int lanes, const std::string& device, LaunchMode mode) {
  check(
      mode == LaunchMode::alone, ExitCode::usage,
      "-n starts ranks, but this process is one already: mpirun or srun started it. Leave -n out");
  if (!count.automatic) return count.ranks;
  const int gpus = device == "cpu" ? 0 : cuda_device_count();
  return automatic_ranks(lanes, gpus, host_resources().cores);
}

/// How many ranks -n asks for. For `auto` the lanes count: --lanes, else those that the run has,
/// else the config's.
int count_ranks(const TrainCommand& command, LaunchMode mode) {
  const TrainJob job = train_job(command);
  const std::optional<Config> saved = RunDirectory(job.config.run.dir).saved_config();
  const int lanes = job.lanes > 0 ? job.lanes : (saved ? *saved : job.config).train.lanes;
  return count_ranks(*command.ranks, lanes, job.config.train.device, mode);
}

/// How many ranks -n asks for. Any number may evaluate; of a single checkpoint the device is known
/// only once it is read.
int count_ranks(const EvalCommand& command, LaunchMode mode) {
  std::string device = command.job.device;
  if (device.empty()) {
    const std::optional<Config> run = RunDirectory(command.job.target).saved_config();
    device = run ? run->train.device : "auto";
  }
  return count_ranks(*command.ranks, 0, device, mode);
}

/// Collective: the job as rank 0 reads it, on every rank. A bad config is told once, and one that
/// changes while the ranks start is the same for all.
TrainJob shared_train_job(const TrainCommand& command, Communicator& communicator) {
  const bool root = communicator.rank() == 0;
  TrainJob job;
  if (root) job = train_job(command);
  std::string yaml = root ? to_yaml(job.config) : "";
  std::uint64_t size = yaml.size();
  communicator.broadcast(std::as_writable_bytes(std::span(&size, 1)), 0);
  yaml.resize(size);
  communicator.broadcast(std::as_writable_bytes(std::span(yaml)), 0);
  return root ? job : train_job(command, parse_config(yaml, "rank 0's config"));
}

ExitCode start_ranks(int ranks, std::vector<std::string> words, const fs::path& mpirun_log,
                     const Process& process, const Launch& launch) {
  words.insert(words.begin(), fs::read_symlink("/proc/self/exe").string());
  return run_job({.ranks = ranks,
                  .program = std::move(words),
                  .environment = process.environment,
                  .mpirun_log = mpirun_log},
                 launch.stop);
}

ExitCode run(const PrintCommand& command, Process&) {
  fmt::print("{}", command.text);
  return ExitCode::ok;
}

ExitCode run(const TrainCommand& command, Process& process) {
  const Launch launch(process.environment);
  const int ranks = command.ranks ? count_ranks(command, launch.mode) : 1;
  if (ranks > 1) {
    const RunDirectory run(train_job(command).config.run.dir);
    return start_ranks(ranks, rank_words(command), run.logs() / "mpirun.log", process, launch);
  }
  RankContext& context = process.rank.start(launch.mode, process.environment, launch.stop);
  const TrainJob job = shared_train_job(command, context.communicator);
  const int busy_threads = std::max(job.config.train.threads, 1) + job.config.data.workers;
  const std::string warning = binding_warning(host_resources(), busy_threads);
  if (launch.mode == LaunchMode::rank && !warning.empty()) context.log->warn(warning);
  return run_train_rank(job, context);
}

ExitCode run(const EvalCommand& command, Process& process) {
  const Launch launch(process.environment);
  const int ranks = command.ranks ? count_ranks(command, launch.mode) : 1;
  if (ranks > 1) return start_ranks(ranks, rank_words(command), {}, process, launch);
  RankContext& context = process.rank.start(launch.mode, process.environment, launch.stop);
  return run_eval_rank(command.job, context);
}

/// A bar for the verbs that read every sample.
Progress show_progress(const char* phase) {
  const auto display = std::make_shared<ProgressDisplay>(STDERR_FILENO);
  const auto start = ProgressDisplay::Clock::now();
  return [=](std::uint64_t done, std::uint64_t total) {
    const auto now = ProgressDisplay::Clock::now();
    const std::chrono::duration<double> seconds = now - start;
    display->update(sample_progress(phase, done, total, seconds.count()), now);
  };
}

ExitCode run(const PackCommand& command, Process&) {
  return run_pack(command, *make_console_logger(), show_progress("pack"));
}

ExitCode run(const InspectCommand& command, Process&) {
  const std::shared_ptr<spdlog::logger> log = make_console_logger();
  if (!command.augmented.empty()) return run_inspect_augmented(command, *log);
  return run_inspect(command, *log, show_progress("inspect"));
}

ExitCode run(const VerifyCommand& command, Process&) {
  return run_verify(command, *make_console_logger(), show_progress("verify"));
}

ExitCode run(const CheckpointsCommand& command, Process&) {
  return static_cast<ExitCode>(run_checkpoints(run_directory(command), command.json));
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  using namespace lockstep;
  RankProcess rank;
  try {
    const Command command = parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
    Process process{current_environment(), rank};
    return static_cast<int>(
        std::visit([&](const auto& which) { return run(which, process); }, command));
  } catch (const Error& error) {
    return rank.fail(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return rank.fail(ExitCode::internal, "out of memory");
  } catch (const std::exception& error) {
    return rank.fail(ExitCode::internal, fmt::format("internal error: {}", error.what()));
  }
}
