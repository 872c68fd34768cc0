#pragma once

#include "core/error.h"
#include "launcher/rank/rank_context.h"
#include "launcher/run/train_job.h"

namespace lockstep {

/// One rank of a training job. Collective: every rank calls it. Returns ok, or requeue after a stop
/// request (its checkpoint committed). Throws what ends the job.
ExitCode run_train_rank(const TrainJob& job, RankContext& context);

}  // namespace lockstep
