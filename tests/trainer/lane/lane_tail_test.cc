#include "trainer/lane/lane_tail.h"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(LaneTail, KeepsWhatFollowsAligned) {
  for (int reals = 0; reals < 40; ++reals) {
    for (int counts = 0; counts < 9; ++counts) {
      const LaneTail tail(reals, counts);
      EXPECT_EQ(tail.elements() % 16, 0);
      EXPECT_GE(tail.elements(), 1 + reals + 4 * counts);
    }
  }
}

TEST(LaneTail, CountsAreExactBeyondWhatFloat32Holds) {
  const LaneTail tail(1, 3);
  const std::vector<double> lane = {0.5, 16'777'217, 4'294'967'295.0, 1};  // 2^24 + 1, 2^32 - 1
  at::Tensor sum = at::zeros({tail.elements()});
  constexpr int kLanes = 65'536;
  at::Tensor buffer = at::zeros({tail.elements()});
  tail.write(at::tensor(lane, at::kDouble), buffer);
  for (int i = 0; i < kLanes; ++i) sum += buffer;
  const LaneTail::Numbers numbers = tail.read(sum);
  EXPECT_EQ(numbers.reals, std::vector<double>{0.5 * kLanes});
  EXPECT_EQ(numbers.counts,
            (std::vector<std::int64_t>{16'777'217ll * kLanes, 4'294'967'295ll * kLanes, kLanes}));
  EXPECT_FALSE(numbers.stop_requested);
}

TEST(LaneTail, AStopRequestOfOneLaneIsSeen) {
  const LaneTail tail(2, 1);
  at::Tensor first = at::zeros({tail.elements()}), second = at::zeros({tail.elements()});
  for (at::Tensor* one : {&first, &second}) {
    tail.write(at::tensor({1.5, 2.5, 7.0}, at::kDouble), *one);
  }
  LaneTail::request_stop(second);
  const LaneTail::Numbers numbers = tail.read(first + second);
  EXPECT_TRUE(numbers.stop_requested);
  EXPECT_EQ(numbers.reals, (std::vector<double>{3, 5}));
  EXPECT_EQ(numbers.counts, std::vector<std::int64_t>{14});
}

}  // namespace
}  // namespace lockstep
