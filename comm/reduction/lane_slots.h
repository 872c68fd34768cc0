#pragma once

#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "comm/tree/element_range.h"
#include "comm/tree/lane_schedule.h"

namespace lockstep {

/// The buffers of one rank's lanes, on any device, summed as a LaneSchedule says.
class LaneSlots {
 public:
  /// `slots` [schedule.slots] flat tensors of one length.
  LaneSlots(LaneSchedule schedule, std::vector<at::Tensor> slots);

  const LaneSchedule& schedule() const { return schedule_; }
  std::span<const at::Tensor> tensors() const { return slots_; }
  bool is_last(int lane) const { return lane == schedule_.range.last - 1; }

  /// Zeroes the slot that `lane` fills, and returns its number.
  int begin(int lane);
  /// The additions that follow `lane`, for these elements of it.
  void merge(int lane, ElementRange elements);
  void merge(int lane) { merge(lane, {0, slots_.front().numel()}); }

 private:
  LaneSchedule schedule_;
  std::vector<at::Tensor> slots_;
};

}  // namespace lockstep
