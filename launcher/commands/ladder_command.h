#pragma once

#include <optional>
#include <string>
#include <vector>

#include "launcher/cli/launch.h"
#include "launcher/search/ladder.h"

namespace lockstep {

struct LadderCommand {
  static constexpr const char* kName = "ladder";
  static constexpr const char* kSummary = "Find how large a network must be";
  static const char* const kHelp;

  std::string target;
  std::vector<std::string> overrides;
  LadderJob job;  ///< without its config
  bool force = false;
  std::optional<RankCount> ranks;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
