#pragma once

#include <optional>
#include <string>
#include <vector>

#include "launcher/cli/launch.h"
#include "launcher/search/rate_search.h"

namespace lockstep {

struct LrFindCommand {
  static constexpr const char* kName = "lr-find";
  static constexpr const char* kSummary = "Find a learning rate";
  static const char* const kHelp;

  std::string target;
  std::vector<std::string> overrides;
  RateSearchJob job;  ///< without its config
  bool force = false;
  std::optional<RankCount> ranks;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
