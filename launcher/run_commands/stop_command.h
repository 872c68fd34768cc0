#pragma once

#include <filesystem>

#include "launcher/cli/process.h"

namespace lockstep {

struct StopCommand {
  static constexpr const char* kName = "stop";
  static constexpr const char* kSummary = "Ask a run to checkpoint and stop, from any machine";
  static constexpr const char* kHelp =
      R"(The run finishes its step, commits a checkpoint and ends with exit code 75; its Slurm job is not put
back into the queue. A job that still waits there is cancelled. `lockstep train RUN` continues it.

Examples:
  lockstep stop runs/mine                    returns when the checkpoint is there
  lockstep stop runs/mine --no-wait          returns at once)";

  std::filesystem::path run_directory;
  bool no_wait = false;

  void add_options(CLI::App& app);
  /// 0 also where the run does not run. Throws Error(rank_lost) where it ended with an error
  /// instead.
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
