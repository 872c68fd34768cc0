#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "launcher/rank/rank_context.h"
#include "launcher/use/asked_models.h"

namespace lockstep {

/// `lockstep predict`, as given on the command line.
struct PredictJob {
  Asking asking;
  std::vector<std::filesystem::path> inputs;  ///< folders and files, or one pack
  std::string split;                          ///< of a pack; empty: `test`, or the only one
  std::filesystem::path out;                  ///< the table; "-": stdout
  bool probabilities = false;                 ///< a column for each output
};

/// One rank of a prediction. Collective: every rank calls it; rank 0 writes. The table is there
/// whole or not at all, with the same bytes whatever the number of ranks. Returns data where no
/// image could be read.
ExitCode run_predict_rank(const PredictJob& job, RankContext& context);

}  // namespace lockstep
