#pragma once

#include <filesystem>

#include "core/error.h"
#include "launcher/answers/table_form.h"
#include "launcher/rank/rank_context.h"
#include "launcher/use/asked_models.h"
#include "launcher/use/predict_samples.h"

namespace lockstep {

/// `lockstep predict`, as given on the command line.
struct PredictJob {
  Asking asking;
  PredictInputs inputs;
  std::filesystem::path out;  ///< the table; "-": stdout
  TableForm form;
  bool strict = false;  ///< no table where an image has no answer
};

/// One rank of a prediction. Collective: every rank calls it; rank 0 writes. The table is there
/// whole or not at all, with the same bytes whatever the number of ranks. Returns data where no
/// image could be read; throws Error(data) where one could not, under `strict`.
ExitCode run_predict_rank(const PredictJob& job, RankContext& context);

}  // namespace lockstep
