#include "comm/reduction/lane_slots.h"

#include <cassert>

namespace lockstep {

LaneSlots::LaneSlots(LaneSchedule schedule, std::vector<at::Tensor> slots)
    : schedule_(std::move(schedule)), slots_(std::move(slots)) {
  assert(std::ssize(slots_) == schedule_.slots && schedule_.slots > 0);
}

int LaneSlots::begin(int lane) {
  const int slot = schedule_.turn(lane).slot;
  slots_[slot].zero_();
  return slot;
}

void LaneSlots::merge(int lane, ElementRange elements) {
  const auto [slot, merges] = schedule_.turn(lane);
  const auto part = [&](int i) { return slots_[i].narrow(0, elements.begin, elements.size()); };
  for (int top = slot; top > slot - merges; --top) part(top - 1).add_(part(top));
}

}  // namespace lockstep
