#pragma once

#include "launcher/cli/search_options.h"
#include "launcher/search/rate_search.h"

namespace lockstep {

struct LrFindCommand {
  static constexpr const char* kName = "lr-find";
  static constexpr const char* kSummary = "Find a learning rate";
  static const char* const kHelp;

  SearchOptions search;
  RateSearchJob job;  ///< without its config

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
