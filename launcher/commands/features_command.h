#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launcher/cli/launch.h"
#include "launcher/use/features_rank.h"

namespace lockstep {

struct FeaturesCommand {
  static constexpr const char* kName = "features";
  static constexpr const char* kSummary =
      "Run a network once over a pack, to train its head on what it gives";
  static const char* const kHelp;

  std::filesystem::path target;        ///< a config file, or the directory of a run
  std::vector<std::string> overrides;  ///< key=value
  std::optional<RankCount> ranks;
  FeaturesJob job;  ///< with the config left open

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
