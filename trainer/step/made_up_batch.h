#pragma once

#include "trainer/lane/batch_feed.h"
#include "trainer/lane/input_spec.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// `count` samples of zeros, of `size` pixels, as `task` has its labels: for a trial of what fits.
DeviceBatch made_up_batch(const InputSpec& input, InputSize size, const TaskSpec& task, int count,
                          at::Device device);

}  // namespace lockstep
