#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/cli/process.h"

namespace lockstep {

struct CheckpointsCommand {
  static constexpr const char* kName = "checkpoints";
  static constexpr const char* kSummary = "List a run's checkpoints, each verified";
  static constexpr const char* kHelp =
      R"(Reads every byte of them; ends with exit code 4 where one does not verify.

Examples:
  lockstep checkpoints runs/mine                       step, metric and digest of each
  lockstep checkpoints configs/mine.yaml --json        those of the config's run.dir, for programs)";

  std::filesystem::path target;        ///< a config file, or the directory of a run
  std::vector<std::string> overrides;  ///< key=value; they matter to a config file
  bool json = false;

  void add_options(CLI::App& app);
  /// 0 also where some do not verify, since saying so is what was asked for.
  ExitCode run(Process& process) const;

  /// The run that is named: the directory itself, or that of the config. Throws Error(usage).
  std::filesystem::path run_directory() const;
};

}  // namespace lockstep
