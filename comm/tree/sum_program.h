#pragma once

#include <span>
#include <vector>

#include "comm/tree/reduction_tree.h"

namespace lockstep {

/// The additions that turn partial sums of lanes into larger ones, as a list. An operand is an
/// input, 0..inputs-1, or (from `inputs` on) a place, which an earlier step has written; places
/// 0..outputs-1 end as the results, the others are scratch. A step may overwrite a place that it
/// reads.
struct SumProgram {
  static constexpr int kNone = -1;
  struct Step {
    int place = 0;  ///< written, counted from 0
    int left = 0;
    int right = 0;  ///< kNone: the step copies `left`
    bool operator==(const Step&) const = default;
  };
  int inputs = 0;
  int outputs = 0;
  int places = 0;
  std::vector<Step> steps;
};

/// Adds consecutive partial sums (ascending, without gaps) as far as the tree over `lanes` lanes
/// allows; the results are partial_sums of the range that they cover.
SumProgram sum_program(std::span<const LaneRange> inputs, int lanes);

}  // namespace lockstep
