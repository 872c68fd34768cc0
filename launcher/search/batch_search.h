#pragma once

#include <functional>

#include "core/error.h"
#include "launcher/config/config.h"
#include "launcher/rank/rank_context.h"

namespace lockstep {

/// `lockstep batch-find`, as it is asked for.
struct BatchSearchJob {
  Config config;
  int most = 1024;     ///< samples of a lane
  double seconds = 1;  ///< that a batch is timed for, at least
};

/// Trains a few steps of one lane with each power of 2 of samples, as long as the device has the
/// memory, and tells images/s and memory. Each in a child process, so that what runs out of memory
/// ends a child and not the search; `start_rank` is called there. Nothing is stored. Throws what
/// the first batch throws.
ExitCode run_batch_search(const BatchSearchJob& job,
                          const std::function<RankContext&()>& start_rank);

}  // namespace lockstep
