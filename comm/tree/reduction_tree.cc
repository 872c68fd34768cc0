#include "comm/tree/reduction_tree.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>

#include "core/error.h"

namespace lockstep {

LaneRange lanes_of_rank(int lanes, int rank, int ranks) {
  check(lanes >= ranks, ExitCode::usage,
        "{} lanes cannot feed {} ranks: start at most {} ranks, or raise train.lanes to {} or more",
        lanes, ranks, lanes, ranks);
  const auto boundary = [&](std::int64_t r) { return static_cast<int>(r * lanes / ranks); };
  return {boundary(rank), boundary(rank + 1)};
}

bool are_siblings(LaneRange left, LaneRange right, int lanes) {
  if (left.last != right.first || right.first == right.last) return false;
  // A left child that has a sibling is not cut off by L, so its width is its level's.
  const int width = left.last - left.first;
  return std::has_single_bit(static_cast<unsigned>(width)) && left.first % (2 * width) == 0 &&
         right.last == std::min(right.first + width, lanes);
}

int push_and_merge(std::vector<LaneRange>& stack, LaneRange next, int lanes) {
  assert(stack.empty() || stack.back().last == next.first);
  stack.push_back(next);
  int merges = 0;
  for (; stack.size() >= 2 && are_siblings(stack.end()[-2], stack.back(), lanes); ++merges) {
    stack.end()[-2].last = stack.back().last;
    stack.pop_back();
  }
  return merges;
}

std::vector<LaneRange> partial_sums(LaneRange range, int lanes) {
  std::vector<LaneRange> nodes;
  const auto end_of = [&](int first, std::int64_t width) {
    return std::min(first + width, std::int64_t{lanes});
  };
  for (int first = range.first; first < range.last; first = nodes.back().last) {
    std::int64_t width = 1;
    while (width < lanes && first % (2 * width) == 0 && end_of(first, 2 * width) <= range.last)
      width *= 2;
    nodes.push_back({first, static_cast<int>(end_of(first, width))});
  }
  return nodes;
}

}  // namespace lockstep
