#include "trainer/guard/skip.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

constexpr EpochShape kShape{.samples = 100, .global_batch = 8};  // 12 steps, and 4 samples left
constexpr RollbackOptions kOptions{.at_most = 3, .steps = 5, .spike_factor = 4};

/// The bad step is the n-th of its epoch, counted from 0; 12 steps of epoch 0 are done.
BadStep bad_in_epoch_1(std::int64_t n) {
  return {.step = 12 + n, .cursor = {1, static_cast<std::uint64_t>(n) * 8}, .reason = "bad"};
}

TEST(PlanSkip, GoesSoManyStepsBackAndLeavesOutAllFromThereToTheBadStep) {
  const Skip skip = plan_skip(kOptions, bad_in_epoch_1(8), kShape, {12, 0}, {});
  EXPECT_EQ(skip.step, 15);
  EXPECT_EQ(skip.from, (Cursor{1, 24}));
  EXPECT_EQ(skip.to, (Cursor{1, 72}));
  EXPECT_EQ(skip.bad_step, 20);
  EXPECT_EQ(samples_skipped({skip}, 1), 48u);
  EXPECT_EQ(samples_skipped({skip}, 0), 0u);
}

TEST(PlanSkip, StaysInTheEpochInTheConfigAndBehindTheLastSkip) {
  EXPECT_EQ(plan_skip(kOptions, bad_in_epoch_1(3), kShape, {12, 0}, {}).step, 12);
  EXPECT_EQ(plan_skip(kOptions, bad_in_epoch_1(3), kShape, {12, 0}, {}).from, (Cursor{1, 0}));
  EXPECT_EQ(plan_skip(kOptions, bad_in_epoch_1(8), kShape, {12, 17}, {}).step, 17);
  const std::vector<Skip> earlier = {{.step = 18, .from = {1, 40}, .to = {1, 48}, .reason = ""}};
  const Skip again = plan_skip(kOptions, bad_in_epoch_1(8), kShape, {12, 0}, earlier);
  EXPECT_EQ(again.step, 18);
  EXPECT_EQ(again.from, (Cursor{1, 48}));
}

TEST(PlanSkip, OfTheLastStepEndsTheEpoch) {
  const Skip skip = plan_skip(kOptions, bad_in_epoch_1(11), kShape, {12, 0}, {});
  EXPECT_EQ(skip.to, (Cursor{2, 0}));
  EXPECT_EQ(skip.from, (Cursor{1, 48}));
  EXPECT_THAT(to_text(skip), HasSubstr("from 48 to the end of epoch 2"));
}

TEST(PlanSkip, IsRefusedWhereNothingOfTheEpochIsLeft) {
  RollbackOptions options = kOptions;
  options.steps = 11;
  EXPECT_THAT(message_of(ExitCode::internal,
                         [&] {
                           plan_skip(options, bad_in_epoch_1(11), kShape, {12, 0}, {});
                         }),
              HasSubstr("nothing of that epoch is left. Lower rollback.steps"));
}

TEST(PlanSkip, IsRefusedOnceTooOften) {
  const Skip earlier{.step = 3, .from = {0, 24}, .to = {0, 32}, .reason = ""};
  EXPECT_THAT(
      message_of(
          ExitCode::internal,
          [&] {
            plan_skip(kOptions, bad_in_epoch_1(8), kShape, {12, 0}, {earlier, earlier, earlier});
          }),
      HasSubstr("bad at step 20: training has diverged. The run has gone back 3 times"));
}

StepResult result_of(double loss) {
  StepResult result;
  result.sums.weight = 2;
  result.sums.loss = 2 * loss;
  return result;
}

TEST(FaultOf, ASpikeIsManyTimesTheMeanOfTheLossesBefore) {
  LossMean mean;
  for (int i = 0; i < 9; ++i) mean.add(0.5);
  EXPECT_EQ(fault_of(result_of(100), kOptions, mean), "") << "too early to tell";
  mean.add(0.5);
  EXPECT_NEAR(mean.value().value(), 0.5, 1e-12);
  EXPECT_EQ(fault_of(result_of(1.9), kOptions, mean), "");
  EXPECT_THAT(fault_of(result_of(2.1), kOptions, mean), HasSubstr("4.2 times the mean"));
  EXPECT_EQ(fault_of(result_of(2.1), {.at_most = 3}, mean), "") << "no factor";
  EXPECT_EQ(fault_of(result_of(2.1), {.spike_factor = 4}, mean), "") << "off";
}

TEST(FaultOf, WhatIsNotFiniteIsNamed) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(fault_of(result_of(bad), {}, {}), HasSubstr("the loss is "));
  }
  StepResult result = result_of(1);
  result.gradient_is_finite = false;
  EXPECT_THAT(fault_of(result, kOptions, {}), HasSubstr("a gradient is not finite"));
  result = result_of(1);
  result.parameters_are_finite = false;
  EXPECT_THAT(fault_of(result, kOptions, {}), HasSubstr("a parameter is not finite"));
}

std::vector<Skip> read(const nlohmann::json& list) {
  const nlohmann::json json = {{"skips", list}};
  return read_skips(JsonFields(json, ExitCode::storage).objects("skips"), 100);
}

TEST(Skips, ComeBackAsTheyWere) {
  const std::vector<Skip> skips = {
      {.step = 15, .from = {1, 24}, .to = {1, 72}, .bad_step = 20, .reason = "the loss is nan"},
      {.step = 15, .from = {1, 72}, .to = {2, 0}, .bad_step = 18, .reason = "a spike"}};
  EXPECT_EQ(read(skips), skips);
}

TEST(Skips, ThatCannotBeAreRefusedByName) {
  const nlohmann::json good =
      Skip{.step = 15, .from = {1, 24}, .to = {1, 72}, .bad_step = 20, .reason = "bad"};
  const auto error_with = [&](const char* pointer, const nlohmann::json& value) {
    nlohmann::json list = {good, good};
    list[1]["from"]["offset"] = 72;
    list[1]["to"]["offset"] = 80;
    list[1][nlohmann::json::json_pointer(pointer)] = value;
    // As it comes from a file, in which numbers without a sign are unsigned.
    return message_of(ExitCode::storage, [&] { read(nlohmann::json::parse(list.dump())); });
  };
  EXPECT_THAT(error_with("/step", 14), HasSubstr("'skips[1].step' is 14"));
  EXPECT_THAT(error_with("/step", 101), HasSubstr("'skips[1].step' is 101"));
  EXPECT_THAT(error_with("/bad_step", 14), HasSubstr("'skips[1].bad_step' is 14"));
  EXPECT_THAT(error_with("/from/offset", -1), HasSubstr("'skips[1].from.offset' is -1"));
  EXPECT_THAT(error_with("/from/offset", 64), HasSubstr("'skips' has one from epoch 1, offset 64"));
  EXPECT_THAT(error_with("/to/offset", 72), HasSubstr("'skips' has one from epoch 1, offset 72"));
  EXPECT_THAT(error_with("/to/epoch", 2), HasSubstr("which does not follow"));
  EXPECT_THAT(error_with("/reason", 3), HasSubstr("'skips[1].reason' is 3"));
}

}  // namespace
}  // namespace lockstep
