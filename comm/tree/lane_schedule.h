#pragma once

#include <vector>

#include "comm/tree/reduction_tree.h"

namespace lockstep {

/// How a rank sums its lanes, one after another, in few buffers. The buffers ("slots") form a
/// stack: a lane fills the next free one; when it is complete, the topmost in use is added to the
/// one below and is free again, as often as said.
struct LaneSchedule {
  struct Turn {
    int slot = 0;    ///< that the lane fills
    int merges = 0;  ///< additions after it
  };
  LaneRange range;
  std::vector<Turn> turns;  ///< [lanes in range]
  int slots = 0;            ///< the most in use at once
  int partials = 0;         ///< in use after the last lane: slots 0..partials-1

  const Turn& turn(int lane) const { return turns[lane - range.first]; }
};

/// Adds along the tree: what remains is partial_sums(range, lanes).
LaneSchedule tree_schedule(LaneRange range, int lanes);
/// Adds each lane to the sum of those before it: what remains is one slot.
LaneSchedule running_schedule(LaneRange range);

}  // namespace lockstep
