#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/bootstrap.h"
#include "core/error.h"
#include "launcher/rank/rank_context.h"
#include "launcher/use/asked_models.h"

namespace lockstep {

/// `lockstep eval`, as given on the command line.
struct EvalJob {
  Asking asking;
  std::filesystem::path against;  ///< a second model; empty: none
  std::filesystem::path changed;  ///< a table of the samples about which the two differ
  std::string split;              ///< empty: the run's data.valid
  std::filesystem::path pack;     ///< empty: the run's data.pack
  std::optional<double>
      threshold;                  ///< above it a label, or the second of two classes, is predicted
  std::vector<std::string> by;    ///< columns, see sample_column
  std::filesystem::path columns;  ///< a table that has them
  BootstrapOptions bootstrap;
  std::filesystem::path pictures;  ///< a page of what the model gets wrong; empty: none
  bool saliency = false;           ///< in it, beside each image what speaks for the answer
  bool json = false;               ///< one JSON document on stdout, and nothing else there
};

/// One rank of an evaluation. Collective: every rank calls it; rank 0 prints. What it prints does
/// not depend on the number of ranks.
ExitCode run_eval_rank(const EvalJob& job, RankContext& context);

}  // namespace lockstep
