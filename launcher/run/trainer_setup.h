#pragma once

#include "launcher/rank/rank_device.h"
#include "launcher/run/machine.h"
#include "launcher/run/resolved_run.h"
#include "launcher/setup/data_setup.h"
#include "trainer/trainer.h"

namespace lockstep {

/// The trainer of everything that is decided and checked.
TrainerOptions trainer_options(const ResolvedRun& run, const RankDevice& device);

/// What it works with; nothing is saved. All arguments must outlive the trainer.
TrainerParts trainer_parts(const ResolvedRun& run, const TrainingData& data, Machine& machine,
                           const RankDevice& device, Communicator& communicator);

}  // namespace lockstep
