#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "comm/reduction/lane_reducer.h"
#include "core/random.h"
#include "tests/comm/tree/documented_tree.h"

namespace lockstep {

using Buffer = std::vector<float>;

/// What `lane` contributes in `step`: numbers of very different size, so that another order of
/// addition shows.
inline Buffer lane_values(std::int64_t elements, int lane, int step) {
  RandomSequence random(7, RandomPurpose::lane, lane, step);
  Buffer values(elements);
  for (float& value : values) {
    const std::uint32_t bits = random.bits();
    value = std::ldexp(static_cast<float>(static_cast<std::int32_t>(bits)),
                       static_cast<int>(bits % 24) - 40);
  }
  return values;
}

inline std::vector<Buffer> all_lanes(std::int64_t elements, int lanes, int step) {
  std::vector<Buffer> values;
  for (int lane = 0; lane < lanes; ++lane) values.push_back(lane_values(elements, lane, step));
  return values;
}

inline Buffer add_buffers(Buffer left, const Buffer& right) {
  for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
  return left;
}

/// What every exact reducer must give, computed by one process.
inline Buffer serial_sum(std::int64_t elements, int lanes, int step) {
  return documented_tree<Buffer>(all_lanes(elements, lanes, step), add_buffers);
}

inline void expect_equal_bits(const at::Tensor& actual, const Buffer& expected) {
  ASSERT_EQ(actual.numel(), std::ssize(expected));
  EXPECT_EQ(std::memcmp(actual.data_ptr<float>(), expected.data(), expected.size() * sizeof(float)),
            0);
}

/// Exact sums to the bit, fast ones nearly.
inline void expect_sum(ReductionKind kind, const at::Tensor& actual, const Buffer& expected) {
  if (kind == ReductionKind::exact) {
    expect_equal_bits(actual, expected);
  } else {
    EXPECT_TRUE(actual.allclose(at::tensor(expected), 1e-3, 1.0));
  }
}

/// One step: this rank's lanes through the reducer.
inline at::Tensor reduce_step(LaneReducer& reducer, LaneRange range, int step) {
  for (int lane = range.first; lane < range.last; ++lane) {
    at::Tensor slot = reducer.slots()[reducer.begin_lane(lane)];
    const Buffer values = lane_values(slot.numel(), lane, step);
    EXPECT_EQ(slot.count_nonzero().item<std::int64_t>(), 0);
    std::copy(values.begin(), values.end(), slot.data_ptr<float>());
    reducer.end_lane(lane);
  }
  return reducer.reduce();
}

}  // namespace lockstep
