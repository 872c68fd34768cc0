#pragma once

#include "launcher/config/config.h"
#include "launcher/doctor/finding.h"
#include "launcher/rank/rank_context.h"
#include "trainer/lane/input_spec.h"

namespace lockstep {

/// Takes the first steps of `config` on few samples of `input` a step, some 140 in all, and judges
/// them. Nothing is stored. Throws what a training that cannot begin throws.
Findings try_config(Config config, const InputSpec& input, RankContext& context);

}  // namespace lockstep
