#pragma once

#include <filesystem>

#include "launcher/cli/process.h"

namespace lockstep {

struct StatusCommand {
  static constexpr const char* kName = "status";
  static constexpr const char* kSummary = "Tell how far a run is, whoever started it, wherever";
  static constexpr const char* kHelp =
      R"(Reads the run's directory, from any machine that sees it, and asks Slurm about its job if there
is one. Changes nothing, and does not verify checkpoints: `lockstep checkpoints` does.

Examples:
  lockstep status runs/mine                  state, step, loss, time left, newest checkpoint
  lockstep status runs/mine --follow         the same every 2 s until the run ends
  lockstep status runs/mine --json           for programs)";

  std::filesystem::path run_directory;
  bool json = false;
  bool follow = false;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
