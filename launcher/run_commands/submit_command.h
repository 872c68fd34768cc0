#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "launcher/cli/launch.h"
#include "launcher/cluster/batch_job.h"
#include "launcher/run/train_job.h"

namespace lockstep {

struct SubmitCommand {
  static constexpr const char* kName = "submit";
  static constexpr const char* kSummary =
      "Train on a Slurm cluster: write a batch script, submit it";
  static const char* const kHelp;

  std::filesystem::path target;        ///< a config file, or the directory of a run
  std::vector<std::string> overrides;  ///< key=value
  /// What stands on the command line of `slurm.*`, in order.
  std::vector<std::pair<std::string SlurmOptions::*, std::string>> texts;
  std::vector<std::pair<int SlurmOptions::*, int>> counts;
  std::string array;
  std::string dependency;
  int lanes = 0;
  ConfigChange change = ConfigChange::refuse;
  bool dry_run = false;
  bool follow = false;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;

  /// `slurm` with what the command line says instead.
  SlurmOptions slurm_options(SlurmOptions slurm) const;
};

}  // namespace lockstep
