#include "trainer/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

TrainOptions train(int batch, int lanes, std::int64_t epochs = 3) {
  TrainOptions options;
  options.batch = batch;
  options.lanes = lanes;
  options.epochs = epochs;
  return options;
}

std::string usage_error(const TrainOptions& options, std::uint64_t samples, int ranks,
                        double warmup = 0) {
  return message_of(ExitCode::usage, [&] {
    make_plan(options, {}, {.name = ScheduleKind::cosine, .warmup_epochs = warmup}, samples, ranks);
  });
}

TEST(TrainingPlan, CountsWholeSteps) {
  const TrainingPlan plan = make_plan(train(64, 2), {}, {}, 60000, 2);
  EXPECT_EQ(plan.global_batch, 128);
  EXPECT_EQ(plan.steps_per_epoch, 468);
}

TEST(TrainingPlan, DoesNotDependOnTheRanksWhereLanesAreSet) {
  const TrainingPlan one = make_plan(train(16, 4), {}, {}, 1000, 1);
  for (int ranks = 2; ranks <= 4; ++ranks) {
    const TrainingPlan plan = make_plan(train(16, 4), {}, {}, 1000, ranks);
    EXPECT_EQ(plan.steps_per_epoch, one.steps_per_epoch);
    EXPECT_EQ(plan.schedule.target_rate, one.schedule.target_rate);
  }
}

TEST(TrainingPlan, LanesLeftOpenBecomeTheRanks) {
  EXPECT_EQ(make_plan(train(16, 0), {}, {}, 1000, 3).lanes, 3);
}

TEST(TrainingPlan, MoreRanksThanLanesSaysWhatToDo) {
  EXPECT_THAT(usage_error(train(16, 2), 1000, 3),
              testing::HasSubstr("Start at most 2 ranks (-n 2)"));
}

TEST(TrainingPlan, AnEpochShorterThanAStepSaysWhatToDo) {
  EXPECT_THAT(usage_error(train(64, 2), 127, 1),
              testing::HasSubstr("lower train.lanes or train.batch"));
}

TEST(TrainingPlan, AStepMayTakeMoreSamplesThanFloat32Counts) {
  EXPECT_EQ(make_plan(train(1 << 20, 64), {}, {}, 1ull << 40, 1).global_batch, 1 << 26);
}

TEST(TrainingPlan, SchedulesThatMakeNoSenseAreRefused) {
  const auto error = [](const ScheduleOptions& schedule) {
    return message_of(ExitCode::usage, [&] { make_plan(train(16, 2), {}, schedule, 1000, 1); });
  };
  EXPECT_THAT(error({.name = ScheduleKind::one_cycle, .warmup_epochs = 1}),
              testing::HasSubstr("a one_cycle rises by itself"));
  for (const std::vector<float>& milestones : {std::vector<float>{}, {2, 1}, {1, 1}}) {
    EXPECT_THAT(error({.name = ScheduleKind::multi_step, .milestones = milestones}),
                testing::HasSubstr("needs epochs in ascending order"));
  }
  EXPECT_THAT(error({.name = ScheduleKind::phases}),
              testing::HasSubstr("schedule.phases is empty"));
  const SchedulePhase long_phase{.epochs = 2.5}, high_phase{.to = 1000};
  EXPECT_THAT(error({.name = ScheduleKind::phases, .phases = {long_phase, {}}}),
              testing::HasSubstr("are 3.5 epochs long together, and train.epochs is 3"));
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] {
                           make_plan(train(16, 2), {.lr = 1e37},
                                     {.name = ScheduleKind::phases, .phases = {high_phase}}, 1000,
                                     1);
                         }),
              testing::HasSubstr("more than a float32 holds"));
}

TEST(TrainingPlan, PhasesMayTakeTheWholeRun) {
  ScheduleOptions schedule{.name = ScheduleKind::phases};
  for (int i = 0; i < 30; ++i) schedule.phases.push_back({.epochs = 0.1});  // 2.9999... or 3.0...1
  make_plan(train(16, 2), {}, schedule, 1000, 1);
}

TEST(TrainingPlan, WarmUpLongerThanTheRunIsRefused) {
  EXPECT_THAT(usage_error(train(16, 2), 1000, 1, 3.5),
              testing::HasSubstr("schedule.warmup_epochs is 3.5"));
}

}  // namespace
}  // namespace lockstep
