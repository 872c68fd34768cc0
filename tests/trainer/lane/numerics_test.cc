#include "trainer/lane/numerics.h"

#include <ATen/ops/rand.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

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
  EXPECT_THAT(
      message_of(ExitCode::usage, [] { resolve_precision(Precision::bf16, at::kCUDA, false); }),
      testing::AllOf(testing::HasSubstr("--override"), testing::HasSubstr("--precision fp32")));
}

TEST(Precision, IsSlowWhereACpuHasNoInstructionsForBf16) {
  EXPECT_THAT(slow_precision(Precision::bf16, at::kCPU, false), testing::HasSubstr("15 times"));
  EXPECT_EQ(slow_precision(Precision::bf16, at::kCPU, true), "");
  EXPECT_EQ(slow_precision(Precision::bf16, at::kCUDA, false), "");
  EXPECT_EQ(slow_precision(Precision::fp32, at::kCPU, false), "");
}

TEST(FailedAllocations, AreNoneOnACpu) { EXPECT_EQ(failed_allocations(at::kCPU), 0); }

}  // namespace
}  // namespace lockstep
