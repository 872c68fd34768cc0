#pragma once

#include <cstdint>

#include "comm/reduction/lane_reducer.h"
#include "comm/tree/reduction_tree.h"
#include "trainer/lane/batch_feed.h"
#include "trainer/lane/flat_model.h"
#include "trainer/step/step_runner.h"

namespace lockstep {

/// Collective: the running statistics of every BatchNorm become the means over the next `steps`
/// global batches of `feed`, for parameters that no training step has led to, such as an average
/// (torch.optim.swa_utils.update_bn). Each lane counts alike, and lanes are added in the order of
/// the reduction, so the bits do not depend on the number of ranks. Without gradients; parameters
/// and counters stay.
void recompute_norm_statistics(FlatModel& model, LaneReducer& reducer, BatchFeed& feed,
                               std::int64_t steps, const StepOptions& options);

}  // namespace lockstep
