#pragma once

#include "trainer/lane/batch_feed.h"
#include "trainer/lane/input_spec.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// `count` samples of zeros, of `size` pixels (or of `features` numbers, where not 0), as `task`
/// has its labels: for a trial of what fits.
DeviceBatch made_up_batch(const InputSpec& input, InputSize size, std::uint32_t features,
                          const TaskSpec& task, int count, at::Device device);

}  // namespace lockstep
