#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include <ATen/core/Tensor.h>

#include "comm/reduction/reduction_kind.h"
#include "comm/tree/reduction_tree.h"

namespace lockstep {

struct LaneReducerOptions {
  ReductionKind kind = ReductionKind::exact;
  int lanes = 1;                  ///< L; at least the number of ranks
  std::int64_t elements = 0;      ///< n, the length of a lane's flat buffer
  bool use_shared_memory = true;  ///< false: messages even within a node (for tests; a full
                                  ///< /dev/shm has this effect too)
};

/// Sums the flat float32 buffers of all L lanes. One object per process, used from one thread.
/// A step: for each own lane in ascending order begin_lane, fill, end_lane; then reduce().
///
///     const int slot = reducer->begin_lane(lane);
///     fill(reducer->slots()[slot]);
///     reducer->end_lane(lane);
///     const at::Tensor sum = reducer->reduce();   // after the rank's last lane
class LaneReducer {
 public:
  virtual ~LaneReducer() = default;

  /// The buffers that lanes are accumulated in, [n] each, on the training device, 64-byte aligned;
  /// they stay where they are for the object's life, so views into them can be made once. There are
  /// few: one per partial sum alive at once.
  virtual std::span<const at::Tensor> slots() const = 0;
  /// The slot that `lane` fills, zeroed.
  virtual int begin_lane(int lane) = 0;
  /// Elements [begin, end) of the last own lane's slot are complete; a reducer may begin to send
  /// them. Optional.
  virtual void ready(std::int64_t /*begin*/, std::int64_t /*end*/) {}
  /// The lane's buffer is complete: it is added to its finished neighbours in the tree.
  virtual void end_lane(int lane) = 0;
  /// Collective: the sum over all lanes, [n]. Read-only, and valid until the next reduce().
  virtual at::Tensor reduce() = 0;
  /// Returns once `done`: see TensorTransport::wait.
  virtual void wait(const std::function<bool()>& done) = 0;
  /// Seconds of this process in ready() and reduce(), waiting for other ranks included. On a GPU
  /// these only enqueue work, so it says nothing about how long the communication takes there.
  virtual double seconds() const = 0;
  /// What crosses between ranks and nodes each step, for the start-up line.
  virtual std::string description() const = 0;
};

}  // namespace lockstep
