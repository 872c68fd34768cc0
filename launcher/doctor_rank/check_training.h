#pragma once

#include "launcher/config/config.h"
#include "launcher/doctor/finding.h"
#include "launcher/rank/rank_context.h"

namespace lockstep {

/// The data that `config` trains on, and what it does with them: augmentation and first steps. What
/// a training could not begin with is a failure too. The context is that of a job of one rank.
Findings check_training(const Config& config, RankContext& context);

}  // namespace lockstep
