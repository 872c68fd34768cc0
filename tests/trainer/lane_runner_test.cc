#include "trainer/lane_runner.h"

#include <cmath>

#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace lockstep {
namespace {

/// Gives the logits that it was made with, whatever the images.
class FixedLogits final : public ImageModel {
 public:
  explicit FixedLogits(at::Tensor logits) : logits_(std::move(logits)) {}
  at::Tensor forward(at::Tensor) override { return logits_; }

 private:
  at::Tensor logits_;
};

at::Tensor sums_of(at::Tensor logits, const std::vector<std::int64_t>& labels,
                   const std::vector<float>& weights) {
  FixedLogits model(std::move(logits));
  return forward(model, {at::rand({1}), at::tensor(labels), at::tensor(weights)}, Precision::fp32)
      .values;
}

TEST(Forward, LossIsTheWeightedSumOfCrossEntropies) {
  const at::Tensor sums =
      sums_of(at::tensor({0.0f, 0.0f, 3.0f, 0.0f}).view({2, 2}), {1, 0}, {0.5f, 2.0f});
  EXPECT_FLOAT_EQ(sums[BatchSums::kWeight].item<float>(), 2.5f);
  EXPECT_NEAR(sums[BatchSums::kLoss].item<double>(),
              0.5 * std::log(2.0) + 2 * std::log1p(std::exp(-3.0)), 1e-6);
  EXPECT_EQ(sums[BatchSums::kCount].item<float>(), 2) << "counts are not weighted";
}

TEST(Forward, AMixedSampleHasTheLossOfBothLabelsAndIsRightByItsOwn) {
  const at::Tensor logits = at::tensor({2.0f, 0.0f, 0.0f, 1.0f}).view({2, 2});
  const auto loss = [&](std::int64_t first, std::int64_t second) {
    return sums_of(logits, {first, second}, {1, 3})[BatchSums::kLoss].item<double>();
  };
  FixedLogits model(logits);
  const DeviceBatch mixed{.images = at::rand({1}),
                          .labels = at::tensor({0, 0}, at::kLong),
                          .weights = at::tensor({1.0f, 3.0f}),
                          .mix_labels = at::tensor({1, 1}, at::kLong),
                          .mix_shares = at::tensor({0.25f, 0.25f})};
  const at::Tensor sums = forward(model, mixed, Precision::fp32).values;
  EXPECT_NEAR(sums[BatchSums::kLoss].item<double>(), 0.75 * loss(0, 0) + 0.25 * loss(1, 1), 1e-6);
  EXPECT_EQ(sums[BatchSums::kTop1].item<float>(), 1);
}

TEST(Forward, CountsTheLabelsPlaceAmongTheLogits) {
  const at::Tensor logits = at::tensor({9.f, 8.f, 7.f, 6.f, 5.f, 4.f}).view({1, 6});
  for (std::int64_t label = 0; label < 6; ++label) {
    const at::Tensor sums = sums_of(logits, {label}, {1});
    EXPECT_EQ(sums[BatchSums::kTop1].item<float>(), label == 0 ? 1 : 0) << label;
    EXPECT_EQ(sums[BatchSums::kTop5].item<float>(), label < 5 ? 1 : 0) << label;
  }
}

TEST(Forward, EqualLogitsRankByClassNumberAsArgmaxHasIt) {
  const at::Tensor logits = at::tensor({1.f, 1.f, 1.f}).view({1, 3});
  EXPECT_EQ(sums_of(logits, {0}, {1})[BatchSums::kTop1].item<float>(), 1);
  EXPECT_EQ(sums_of(logits, {1}, {1})[BatchSums::kTop1].item<float>(), 0);
  EXPECT_EQ(sums_of(logits, {2}, {1})[BatchSums::kTop1].item<float>(), 0);
}

TEST(Forward, FewerThanFiveClassesAreAlwaysInTheTopFive) {
  EXPECT_EQ(sums_of(at::tensor({3.f, 1.f}).view({1, 2}), {1}, {1})[BatchSums::kTop5].item<float>(),
            1);
}

TEST(SeedLane, GivesEachLaneOfEachStepNumbersOfItsOwn) {
  const auto draw = [](std::uint64_t seed, std::int64_t step, int lane) {
    seed_lane(seed, step, lane);
    return at::rand({4});
  };
  const at::Tensor numbers = draw(1, 2, 3);
  EXPECT_TRUE(numbers.equal(draw(1, 2, 3)));
  EXPECT_FALSE(numbers.equal(draw(2, 2, 3)));
  EXPECT_FALSE(numbers.equal(draw(1, 3, 3)));
  EXPECT_FALSE(numbers.equal(draw(1, 2, 4)));
}

TEST(Precision, AutomaticIsBf16OnlyOnAGpuThatComputesInIt) {
  EXPECT_EQ(resolve_precision(Precision::automatic, at::kCPU, false), Precision::fp32);
  EXPECT_EQ(resolve_precision(Precision::automatic, at::kCUDA, true), Precision::bf16);
  EXPECT_EQ(resolve_precision(Precision::automatic, at::kCUDA, false), Precision::fp32);
}

TEST(Precision, WhatIsAskedForStandsUnlessTheGpuCannot) {
  EXPECT_EQ(resolve_precision(Precision::bf16, at::kCPU, false), Precision::bf16);
  EXPECT_EQ(resolve_precision(Precision::fp32, at::kCUDA, true), Precision::fp32);
  EXPECT_THROW(resolve_precision(Precision::bf16, at::kCUDA, false), Error);
}

}  // namespace
}  // namespace lockstep
