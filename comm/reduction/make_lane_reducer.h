#pragma once

#include <memory>

#include "comm/communicator/communicator.h"
#include "comm/device/tensor_transport.h"
#include "comm/reduction/lane_reducer.h"

namespace lockstep {

/// Collective. On the device that `device_transport` connects the ranks of `communicator` by;
/// without one, in host memory. Throws Error(usage) where lanes < ranks. Also removes the names
/// that killed jobs left in this node's shared memory, whatever reducer is made.
std::unique_ptr<LaneReducer> make_lane_reducer(
    Communicator& communicator, const LaneReducerOptions& options,
    std::shared_ptr<TensorTransport> device_transport = nullptr);

}  // namespace lockstep
