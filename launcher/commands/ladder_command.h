#pragma once

#include "launcher/cli/search_options.h"
#include "launcher/search/ladder.h"

namespace lockstep {

struct LadderCommand {
  static constexpr const char* kName = "ladder";
  static constexpr const char* kSummary = "Find how large a network must be";
  static const char* const kHelp;

  SearchOptions search;
  LadderJob job;  ///< without its config

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
