#pragma once

#include <string>
#include <vector>

#include "launcher/cli/launch.h"
#include "launcher/search/batch_search.h"

namespace lockstep {

struct BatchFindCommand {
  static constexpr const char* kName = "batch-find";
  static constexpr const char* kSummary = "Find how many samples a lane can have";
  static const char* const kHelp;

  std::string target;
  std::vector<std::string> overrides;
  BatchSearchJob job;  ///< without its config

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
