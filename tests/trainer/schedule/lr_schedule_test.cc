#include "trainer/schedule/lr_schedule.h"

#include <cmath>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"

namespace lockstep {
namespace {

LrSchedule read(const nlohmann::json& json) {
  return read_schedule(JsonFields<nlohmann::json>(json, ExitCode::storage));
}

BaseRate base_rate(LrScaling scaling) { return {.lr = 0.4, .lr_batch = 256, .scaling = scaling}; }

struct ScalingCase {
  LrScaling scaling;
  int batch;
  int lanes;
  double first_rate;  // one lane's
  double target;
};

class LrScalingTable : public testing::TestWithParam<ScalingCase> {};

TEST_P(LrScalingTable, WarmUpRunsFromOneLanesRateToTheGlobalBatchs) {
  const ScalingCase& c = GetParam();
  const LrSchedule schedule = make_schedule({.name = ScheduleKind::constant, .warmup_epochs = 0.5},
                                            base_rate(c.scaling), 3, c.batch, c.lanes);
  EXPECT_DOUBLE_EQ(schedule.rate(0), c.first_rate);
  EXPECT_DOUBLE_EQ(schedule.rate(0.25), (c.first_rate + c.target) / 2);
  EXPECT_DOUBLE_EQ(schedule.rate(0.5), c.target);
  EXPECT_DOUBLE_EQ(schedule.rate(2.9), c.target);
}

INSTANTIATE_TEST_SUITE_P(Rules, LrScalingTable,
                         testing::Values(ScalingCase{LrScaling::linear, 64, 1, 0.1, 0.1},
                                         ScalingCase{LrScaling::linear, 64, 4, 0.1, 0.4},
                                         ScalingCase{LrScaling::linear, 32, 64, 0.05, 3.2},
                                         ScalingCase{LrScaling::sqrt, 64, 4, 0.2, 0.4},
                                         ScalingCase{LrScaling::sqrt, 64, 16, 0.2, 0.8},
                                         ScalingCase{LrScaling::none, 64, 16, 0.4, 0.4}));

TEST(LrSchedule, WithoutWarmUpStartsAtTheTarget) {
  const LrSchedule schedule = make_schedule({.name = ScheduleKind::cosine, .warmup_epochs = 0},
                                            base_rate(LrScaling::linear), 2, 64, 4);
  EXPECT_DOUBLE_EQ(schedule.rate(0), 0.4);
}

TEST(LrSchedule, CosineSpansWhatFollowsTheWarmUp) {
  const LrSchedule schedule = make_schedule({.name = ScheduleKind::cosine, .warmup_epochs = 1},
                                            base_rate(LrScaling::linear), 5, 64, 4);
  EXPECT_DOUBLE_EQ(schedule.rate(1), 0.4);
  EXPECT_NEAR(schedule.rate(2), 0.4 * 0.5 * (1 + std::sqrt(0.5)), 1e-15);
  EXPECT_NEAR(schedule.rate(3), 0.2, 1e-15);
  EXPECT_NEAR(schedule.rate(5), 0, 1e-15);
  EXPECT_NEAR(schedule.rate(7), 0, 1e-15);  // beyond the end it stays there
}

TEST(LrSchedule, AWarmUpAsLongAsTheRunRisesToTheTarget) {
  const LrSchedule schedule = make_schedule({.name = ScheduleKind::cosine, .warmup_epochs = 2},
                                            base_rate(LrScaling::linear), 2, 64, 4);
  EXPECT_DOUBLE_EQ(schedule.rate(0), 0.1);
  EXPECT_DOUBLE_EQ(schedule.rate(1), 0.25);
  EXPECT_NEAR(schedule.rate(1.999), 0.4, 1e-3);
}

TEST(LrSchedule, IsUnchangedByARestartAtAnyStep) {
  for (const auto& [kind, name] : enum_names(ScheduleKind{})) {
    LrSchedule schedule =
        make_schedule({.name = kind, .warmup_epochs = 0.7}, base_rate(LrScaling::linear), 3, 96, 3);
    schedule.state = {{"best", 0.1}, {"waited", 2}};  // whatever a curve remembers
    const LrSchedule loaded = read(nlohmann::json::parse(nlohmann::json(schedule).dump()));
    EXPECT_EQ(loaded.state, schedule.state) << name;
    EXPECT_EQ(name_of(loaded.curve), name);
    for (int step = 0; step < 300; ++step) {
      const double progress = step / 100.0;
      EXPECT_EQ(loaded.rate(progress), schedule.rate(progress)) << name << progress;  // to the bit
    }
  }
}

TEST(LrSchedule, AnUnknownCurveInACheckpointIsAnErrorThatNamesTheKnown) {
  nlohmann::json json = LrSchedule{};
  json["name"] = "sawtooth";
  try {
    read(json);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::storage);
    EXPECT_EQ(error.what(),
              "unknown schedule 'sawtooth'; known are: " + known_names<ScheduleKind>());
  }
}

/// A schedule without warm-up of a rate of 1, its curve as PyTorch's of the same options.
struct GoldenSchedule {
  explicit GoldenSchedule(const nlohmann::json& golden, double epochs) {
    nlohmann::json json = curve_to_json(make_curve(
        {.name = *find_name<ScheduleKind>(golden.at("options").at("name").get<std::string>())}));
    json.update(golden.at("options"));
    schedule.curve = read_curve(JsonFields<nlohmann::json>(json, ExitCode::storage));
    schedule.target_rate = 1;
    schedule.epochs = epochs;
  }
  LrSchedule schedule;
};

TEST(LrSchedule, EqualsPyTorchs) {
  std::ifstream file(LOCKSTEP_GOLDEN_SCHEDULES);
  const auto golden = nlohmann::json::parse(file);
  std::set<std::string> kinds;
  for (const auto& one : golden.at("cases")) {
    const std::string options = one.at("options").dump();
    kinds.insert(one.at("options").at("name"));
    LrSchedule schedule = GoldenSchedule(one, golden.at("epochs")).schedule;
    for (std::size_t i = 0; i < one.at("rates").size(); ++i) {
      const auto& [progress, rate] = one.at("rates")[i].get<std::pair<double, double>>();
      EXPECT_NEAR(schedule.rate(progress), rate, 1e-4) << options << " at " << progress;
      if (!one.contains("values")) continue;
      const double value = one.at("values")[i];
      const EpochMetric metrics[] = {
          {"train/loss", 1, false}, {"valid/loss", value, false}, {"valid/accuracy", value, true}};
      schedule.end_epoch(metrics);
      schedule = read(nlohmann::json::parse(nlohmann::json(schedule).dump()));  // a restart
    }
  }
  EXPECT_EQ(kinds.size() + 1, enum_names(ScheduleKind{}).size()) << "all but constant";
}

TEST(LrSchedule, APlateauWithoutANumberWaits) {
  LrSchedule schedule;
  schedule.curve = make_curve({.name = ScheduleKind::plateau, .patience = 0});
  schedule.target_rate = 1;
  const auto end_epoch = [&](double value) {
    const EpochMetric metrics[] = {{"train/loss", value, false}};
    schedule.end_epoch(metrics);
    return schedule.rate(1);
  };
  EXPECT_DOUBLE_EQ(end_epoch(std::nan("")), 0.1) << "without a validation split, training's loss";
  EXPECT_DOUBLE_EQ(end_epoch(0.5), 0.1);
  EXPECT_DOUBLE_EQ(end_epoch(0.6), 0.01);
  EXPECT_EQ(schedule.state.at("best"), 0.5);
}

TEST(LrSchedule, AStatelessCurveRemembersNothingOfAnEpoch) {
  LrSchedule schedule = make_schedule({.name = ScheduleKind::cosine, .warmup_epochs = 0},
                                      base_rate(LrScaling::linear), 3, 96, 3);
  const std::vector<EpochMetric> metrics = {{"valid/loss", 0.3, false}};
  schedule.end_epoch(metrics);
  EXPECT_TRUE(schedule.state.empty());
}

TEST(LrSchedule, TheSameCurveGoesOnAsItWasSaved) {
  const BaseRate options = base_rate(LrScaling::linear);
  LrSchedule saved =
      make_schedule({.name = ScheduleKind::cosine, .warmup_epochs = 0.5}, options, 4, 64, 4);
  saved.warmup_begin = 1;  // it was warmed up again once
  saved.warmup_rate = 0.01;
  const LrSchedule planned =
      make_schedule({.name = ScheduleKind::cosine, .warmup_epochs = 0.5}, options, 4, 64, 4);
  const LrSchedule after = continue_schedule(saved, planned, 2.0, 0.3);
  for (const double progress : {1.0, 1.2, 2.0, 3.5})
    EXPECT_EQ(after.rate(progress), saved.rate(progress));
}

TEST(LrSchedule, AnotherGlobalBatchWarmsUpFromTheLastRate) {
  const BaseRate options = base_rate(LrScaling::linear);
  const ScheduleOptions constant = {.name = ScheduleKind::constant, .warmup_epochs = 0.5};
  const LrSchedule before = make_schedule(constant, options, 4, 64, 4);
  const LrSchedule after = continue_schedule(before, make_schedule(constant, options, 4, 64, 8),
                                             /*progress=*/1.5, before.rate(1.49));
  EXPECT_DOUBLE_EQ(after.rate(1.5), 0.4);
  EXPECT_DOUBLE_EQ(after.rate(1.75), 0.6);
  EXPECT_DOUBLE_EQ(after.rate(2.0), 0.8);
  EXPECT_DOUBLE_EQ(after.rate(3.9), 0.8);
}

TEST(LrSchedule, RescalingInsideTheCosineMeetsTheNewCurve) {
  const BaseRate options = base_rate(LrScaling::linear);
  const ScheduleOptions cosine = {.name = ScheduleKind::cosine, .warmup_epochs = 0.5};
  const LrSchedule before = make_schedule(cosine, options, 4, 64, 4);
  const LrSchedule fresh = make_schedule(cosine, options, 4, 64, 8);
  const LrSchedule after = continue_schedule(before, fresh, 2.0, before.rate(2.0));
  EXPECT_DOUBLE_EQ(after.rate(2.0), before.rate(2.0));
  EXPECT_NEAR(after.rate(2.5), fresh.rate(2.5), 1e-15);
  EXPECT_DOUBLE_EQ(after.rate(3.1), fresh.rate(3.1));
}

TEST(LrSchedule, MoreEpochsOfAnOverriddenConfigHaveARate) {
  const BaseRate options = base_rate(LrScaling::linear);
  const ScheduleOptions cosine = {.name = ScheduleKind::cosine, .warmup_epochs = 0.5};
  const LrSchedule before = make_schedule(cosine, options, 5, 64, 4);
  const LrSchedule after =
      continue_schedule(before, make_schedule(cosine, options, 10, 64, 4), 5, before.rate(4.99));
  EXPECT_GT(after.rate(6), 0.1);
}

}  // namespace
}  // namespace lockstep
