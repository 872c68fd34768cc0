#pragma once

#include <optional>

#include "launcher/cli/launch.h"
#include "launcher/use/eval_rank.h"

namespace lockstep {

struct EvalCommand {
  static constexpr const char* kName = "eval";
  static constexpr const char* kSummary = "Measure how good a model is";
  static const char* const kHelp;

  EvalJob job;
  bool force = false;  ///< replace the table and the page
  std::optional<RankCount> ranks;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
