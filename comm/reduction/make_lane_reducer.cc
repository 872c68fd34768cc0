#include "comm/reduction/make_lane_reducer.h"

#include <cassert>
#include <limits>

#include "comm/device/device_communicator.h"
#include "comm/device/device_mark.h"
#include "comm/reduction/shared_lane_reducer.h"
#include "comm/reduction/shared_memory.h"
#include "comm/reduction/transport_lane_reducer.h"
#include "core/error.h"

namespace lockstep {
namespace {

/// Nothing runs beside backward on a CPU: one bucket.
BucketOptions whole_buffer() {
  constexpr std::int64_t kAll = std::int64_t{1} << 60;
  return {.first_elements = kAll, .elements = kAll};
}

/// A step of zeros. NCCL connects two ranks when they first meet: here, and not in the middle of
/// autograd's first backward pass.
void connect(LaneReducer& reducer, LaneRange own) {
  for (int lane = own.first; lane < own.last; ++lane) {
    reducer.begin_lane(lane);
    reducer.end_lane(lane);
  }
  const DeviceMark reduced(reducer.reduce().device());
  reducer.wait([&] { return reduced.passed(); });
}

std::unique_ptr<LaneReducer> on_device(DeviceCommunicator& communicator,
                                       const LaneReducerOptions& options, LaneRange own) {
  const char* const how = communicator.size() == 1               ? "sum on one device"
                          : options.kind == ReductionKind::exact ? "exact reduction over NCCL"
                                                                 : "NCCL all-reduce";
  auto reducer = std::make_unique<TransportLaneReducer>(
      communicator.topology(), communicator.transport(), options, BucketOptions{}, how);
  connect(*reducer, own);
  return reducer;
}

std::unique_ptr<LaneReducer> over_messages(Communicator& communicator,
                                           const LaneReducerOptions& options, std::string name) {
  return std::make_unique<TransportLaneReducer>(communicator.topology(),
                                                make_host_transport(communicator), options,
                                                whole_buffer(), std::move(name));
}

}  // namespace

std::unique_ptr<LaneReducer> make_lane_reducer(Communicator& communicator,
                                               const LaneReducerOptions& options) {
  assert(options.elements > 0);
  const LaneRange own = lanes_of_rank(options.lanes, communicator.rank(), communicator.size());
  if (communicator.topology().local_rank == 0) remove_stale_shared_memory();
  if (auto* device = dynamic_cast<DeviceCommunicator*>(&communicator))
    return on_device(*device, options, own);
  if (options.kind == ReductionKind::fast)
    return over_messages(communicator, options, "MPI all-reduce");
  if (!options.use_shared_memory)
    return over_messages(communicator, options, "exact reduction over messages");
  try {
    return std::make_unique<SharedLaneReducer>(communicator, options);
  } catch (const Error& error) {
    if (error.code() != ExitCode::storage) throw;
    return over_messages(communicator, options,
                         fmt::format("exact reduction over messages, slower ({})", error.what()));
  }
}

}  // namespace lockstep
