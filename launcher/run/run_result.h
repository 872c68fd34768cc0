#pragma once

#include <optional>
#include <string>

#include <spdlog/logger.h>

#include "launcher/rank/rank_context.h"
#include "launcher/rank/rank_device.h"
#include "launcher/run/resolved_run.h"
#include "launcher/setup/data_setup.h"
#include "trainer/trainer.h"

namespace lockstep {

/// Tells how `run` has ended in `state`. `stopped_by`: who has asked for it, if that is known.
void log_result(const ResolvedRun& run, const TrainingState& state, TrainOutcome outcome,
                const std::optional<CommittedCheckpoint>& checkpoint, const std::string& stopped_by,
                spdlog::logger& log);

/// Collective. Where the config asks for a diagnosis (task.goal, log.train_eval): tells how far the
/// finished run is from its goal, and what is best tried first. Evaluates `model` on the split
/// `test` where the pack has one that is neither trained nor validated on.
void log_diagnosis(const ResolvedRun& run, const TrainingData& data, const TrainingState& state,
                   const RankDevice& device, FlatModel& model, RankContext& context);

}  // namespace lockstep
