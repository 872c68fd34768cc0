#pragma once

#include <memory>

#include "comm/communicator/communicator.h"
#include "comm/reduction/lane_reducer.h"

namespace lockstep {

/// Collective. For the CPU, or for CUDA where `communicator` is one made for NCCL. Throws
/// Error(usage) where lanes < ranks. Also removes the names that killed jobs left in this node's
/// shared memory, whatever reducer is made.
std::unique_ptr<LaneReducer> make_lane_reducer(Communicator& communicator,
                                               const LaneReducerOptions& options);

}  // namespace lockstep
