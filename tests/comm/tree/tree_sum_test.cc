#include "comm/tree/tree_sum.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

/// Longer than a block, and no multiple of one.
constexpr std::size_t kSize = 5003;

std::vector<float> sequence(float start) {
  std::vector<float> values(kSize);
  std::iota(values.begin(), values.end(), start);
  return values;
}

TEST(TreeSum, AddsEveryElementOfEveryInput) {
  std::vector<std::vector<float>> inputs;
  std::vector<LaneRange> ranges;
  for (int lane = 0; lane < 7; ++lane) {
    inputs.push_back(sequence(static_cast<float>(100 * lane)));
    ranges.push_back({lane, lane + 1});
  }
  std::vector<float> result(kSize);
  TreeSum sum(sum_program(ranges, 7));
  sum.run(std::vector<std::span<const float>>(inputs.begin(), inputs.end()),
          std::vector<std::span<float>>{result});
  for (std::size_t i = 0; i < kSize; ++i)
    ASSERT_EQ(result[i], static_cast<float>(7 * i + 2100)) << i;
}

TEST(TreeSum, GivesSeveralPartialSums) {
  const std::vector<LaneRange> ranges = {{1, 2}, {2, 3}, {3, 4}};  // of 8: 1 and (2+3)
  const std::vector<std::vector<float>> inputs = {sequence(0), sequence(1), sequence(2)};
  std::vector<float> one(kSize);
  std::vector<float> two(kSize);
  TreeSum sum(sum_program(ranges, 8));
  sum.run(std::vector<std::span<const float>>(inputs.begin(), inputs.end()),
          std::vector<std::span<float>>{one, two});
  EXPECT_EQ(one, inputs[0]);
  for (std::size_t i = 0; i < kSize; ++i) ASSERT_EQ(two[i], static_cast<float>(2 * i + 3)) << i;
}

TEST(TreeSum, OneInputIsCopied) {
  const std::vector<float> input = sequence(5);
  std::vector<float> result(kSize);
  TreeSum sum(sum_program(std::vector<LaneRange>{{0, 4}}, 4));
  sum.run(std::vector<std::span<const float>>{input}, std::vector<std::span<float>>{result});
  EXPECT_EQ(result, input);
}

}  // namespace
}  // namespace lockstep
