#pragma once

#include <cstdint>
#include <string>

#include "comm/communicator/communicator.h"
#include "trainer/average/weight_average.h"
#include "trainer/lane/flat_model.h"
#include "trainer/optimizer/optimizer.h"

namespace lockstep {

/// XXH3-128, in 32 hexadecimal digits, of all that a rank holds of a run between two steps: the
/// model, the optimizer's state, the average (nullptr: none). The same on every rank, unless one of
/// them computes or remembers wrongly. Waits for the device.
std::string hash_of_held(FlatModel& model, Optimizer& optimizer, WeightAverage* average);

/// Where a run stands, as steps done.
struct RunPosition {
  std::int64_t step = 0;
  std::int64_t checkpoint = -1;  ///< of the newest one; negative: none yet
};

/// Collective: throws Error(internal), naming ranks and hosts, unless all hold the same bits.
void check_held_bits(FlatModel& model, Optimizer& optimizer, WeightAverage* average,
                     Communicator& communicator, const RunPosition& position);

}  // namespace lockstep
