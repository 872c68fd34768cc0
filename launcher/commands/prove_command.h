#pragma once

#include <optional>

#include "launcher/cli/launch.h"
#include "launcher/use/prove_rank.h"

namespace lockstep {

struct ProveCommand {
  static constexpr const char* kName = "prove";
  static constexpr const char* kSummary = "Replay a part of a run, and compare the bits";
  static const char* const kHelp;

  ProveJob job;
  std::optional<RankCount> ranks;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
