#pragma once

#include <filesystem>
#include <string>

#include "core/error.h"
#include "launcher/rank/rank_context.h"
#include "launcher/use/trained_model.h"

namespace lockstep {

/// `lockstep eval`, as given on the command line.
struct EvalJob {
  ModelSource source;
  std::string split;           ///< empty: the run's data.valid
  std::filesystem::path pack;  ///< empty: the run's data.pack
  bool json = false;           ///< one JSON document on stdout, and nothing else there
};

/// One rank of an evaluation. Collective: every rank calls it; rank 0 prints.
ExitCode run_eval_rank(const EvalJob& job, RankContext& context);

}  // namespace lockstep
