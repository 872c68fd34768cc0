#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launcher/cli/launch.h"
#include "launcher/use/predict_rank.h"

namespace lockstep {

struct PredictCommand {
  static constexpr const char* kName = "predict";
  static constexpr const char* kSummary = "Say what a trained model makes of images";
  static const char* const kHelp;

  std::vector<std::filesystem::path> paths;  ///< the run, unless there are weights, then inputs
  PredictJob job;                            ///< without target and inputs
  bool force = false;                        ///< replace the table
  std::optional<RankCount> ranks;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
