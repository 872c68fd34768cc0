#pragma once

#include <memory>
#include <string>

#include "analysis/scored_samples.h"
#include "launcher/use/asked_models.h"
#include "launcher/use/sample_columns.h"
#include "trainer/pass/evaluation.h"

namespace lockstep {

/// What models answer about a split, and how good that is.
struct SplitScores {
  Evaluation evaluation;  ///< on every rank where there is one pass, else on rank 0
  ScoredSamples samples;  ///< on rank 0
};

/// Collective. `task` judges the answers of `asked`: its own, or one with other thresholds.
/// `known` is of rank 0.
SplitScores score_split(AskedModels& asked, const Task& task,
                        const std::shared_ptr<const Dataset>& dataset, const Pack& pack,
                        const SplitSamples& known, RankContext& context, const std::string& what);

}  // namespace lockstep
