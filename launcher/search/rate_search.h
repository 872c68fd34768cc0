#pragma once

#include <filesystem>
#include <optional>

#include "core/error.h"
#include "launcher/config/config.h"
#include "launcher/rank/rank_context.h"
#include "trainer/rate_suggestion.h"

namespace lockstep {

class Trial;
struct ResolvedRun;

/// `lockstep lr-find`, as it is asked for: the same on every rank.
struct RateSearchJob {
  Config config;
  double from = 1e-7, to = 10;  ///< rates of a step, as it is taken
  int steps = 100;              ///< of the sweep
  /// Instead of one sweep, a short training with each rate that is a power of 2 times the config's.
  bool powers_of_2 = false;
  std::filesystem::path out;   ///< a table (CSV); empty: none
  std::filesystem::path plot;  ///< a picture (PNG); empty: none
};

/// Collective: one step of `trial` with each rate, from the beginning of training, until the loss
/// diverges. Without any where the first loss is not a number.
RateSweep sweep_rates(const RateSearchJob& job, Trial& trial);

/// optimizer.lr, for which a step has `rate`.
double option_for(const ResolvedRun& run, double rate);

/// Collective: trains with ascending rates until the loss diverges, on the config's own network,
/// data and lanes, tells which rates to train with, and forgets it all: no run directory is read or
/// written. The losses have the same bits on any number of ranks.
ExitCode run_rate_search(const RateSearchJob& job, RankContext& context);

}  // namespace lockstep
