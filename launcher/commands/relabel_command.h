#pragma once

#include <optional>

#include "launcher/cli/launch.h"
#include "launcher/use/relabel_rank.h"

namespace lockstep {

struct RelabelCommand {
  static constexpr const char* kName = "relabel";
  static constexpr const char* kSummary = "List labels of a pack that are probably wrong";
  static const char* const kHelp;

  RelabelJob job;
  bool force = false;  ///< replace the files
  std::optional<RankCount> ranks;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
