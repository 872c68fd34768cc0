#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launcher/cli/launch.h"
#include "launcher/run/train_job.h"

namespace lockstep {

struct TrainCommand {
  static constexpr const char* kName = "train";
  static constexpr const char* kSummary = "Train a model, or continue a run";
  static const char* const kHelp;

  std::filesystem::path target;  ///< a config file, or the directory of a run
  std::optional<RankCount> ranks;
  Resume resume = Resume::automatic;
  std::filesystem::path resume_path;
  int lanes = 0;
  ConfigChange change = ConfigChange::refuse;
  bool dry_run = false;
  std::filesystem::path plot;          ///< of the schedule; empty: none
  bool force = false;                  ///< replaces it
  std::vector<std::string> overrides;  ///< key=value

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;

  /// The job that is asked for: reads the config. Throws Error(usage).
  TrainJob job() const;
  /// The same with a config that was read already.
  TrainJob job(Config config) const;
};

}  // namespace lockstep
