#pragma once

#include <filesystem>

#include "core/error.h"
#include "launcher/config/config.h"
#include "launcher/rank/rank_context.h"

namespace lockstep {

/// `lockstep ladder`, as it is asked for: the same on every rank.
struct LadderJob {
  Config config;               ///< its network is left out
  double bound = 0.01;         ///< of the training error, at which the climb ends
  int most_blocks = 4;         ///< a stage of the largest network
  std::filesystem::path out;   ///< a table (CSV); empty: none
  std::filesystem::path plot;  ///< a picture (PNG); empty: none
};

/// Collective: trains ever larger networks for the config's epochs, until one learns the training
/// split: linear, mlp, lenet, then ResNets of 1, 2, ... blocks a stage. Tells the training error of
/// each, over its last epoch while it trained: of classes the part of samples that is not right, of
/// labels 1 - F1 (micro), of numbers the part of the variance that is not explained. Nothing is
/// stored.
ExitCode run_ladder(const LadderJob& job, RankContext& context);

}  // namespace lockstep
