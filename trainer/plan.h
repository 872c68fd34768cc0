#pragma once

#include <cstdint>

#include "sharding/feed/cursor.h"
#include "trainer/fine_tune_options.h"
#include "trainer/optimizer/optimizer_options.h"
#include "trainer/schedule/lr_schedule.h"
#include "trainer/train_options.h"

namespace lockstep {

/// The numbers of a run, resolved from its options: what `train` prints before it begins.
struct TrainingPlan {
  int lanes = 1;  ///< L
  int batch = 0;  ///< samples of a lane
  std::int64_t global_batch = 0;
  std::uint64_t samples = 0;  ///< N of the training split
  std::int64_t steps_per_epoch = 0;
  LrSchedule schedule;

  EpochShape shape() const { return {samples, static_cast<std::uint64_t>(global_batch)}; }
};

/// The plan of a run that starts. Pure. Throws Error(usage), with what to change, where lanes are
/// fewer than ranks, an epoch is shorter than one step, or a number makes no sense.
TrainingPlan make_plan(const TrainOptions& train, const OptimizerOptions& optimizer,
                       const ScheduleOptions& schedule, std::uint64_t samples, int ranks,
                       const FineTuneOptions& fine_tune = {});

}  // namespace lockstep
