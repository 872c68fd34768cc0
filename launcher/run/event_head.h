#pragma once

#include <string>

#include "launcher/run/resolved_run.h"
#include "launcher/setup/data_setup.h"

namespace lockstep {

/// What an event file (launcher/tensorboard) says of a run before its metrics, as records: what
/// decides its numbers, and a picture of what its network is fed with (inspect --augmented), if
/// these are images.
std::string event_head(const ResolvedRun& run, const TrainingData& data);

}  // namespace lockstep
