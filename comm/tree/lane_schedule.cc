#include "comm/tree/lane_schedule.h"

#include <algorithm>

namespace lockstep {

LaneSchedule tree_schedule(LaneRange range, int lanes) {
  LaneSchedule schedule;
  schedule.range = range;
  std::vector<LaneRange> stack;
  for (int lane = range.first; lane < range.last; ++lane) {
    const int slot = static_cast<int>(stack.size());
    schedule.turns.push_back(
        {.slot = slot, .merges = push_and_merge(stack, {lane, lane + 1}, lanes)});
    schedule.slots = std::max(schedule.slots, slot + 1);
  }
  schedule.partials = static_cast<int>(stack.size());
  return schedule;
}

LaneSchedule running_schedule(LaneRange range) {
  LaneSchedule schedule;
  schedule.range = range;
  schedule.turns.assign(range.last - range.first, {.slot = 1, .merges = 1});
  if (!schedule.turns.empty()) schedule.turns.front() = {.slot = 0, .merges = 0};
  schedule.slots = std::min(2, range.last - range.first);
  schedule.partials = std::min(1, schedule.slots);
  return schedule;
}

}  // namespace lockstep
