#include "trainer/best_metric.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/error.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

std::unique_ptr<Task> task_of(TaskKind kind) {
  return make_task({.kind = kind, .names = {"a"}, .target_mean = {0}, .target_std = {1}});
}

TEST(BestMetric, AutoIsTheTasksFirst) {
  EXPECT_EQ(resolve_best_metric("auto", *task_of(TaskKind::classification), false),
            "valid/accuracy");
  EXPECT_EQ(resolve_best_metric("auto", *task_of(TaskKind::multi_label), false), "valid/f1");
  EXPECT_EQ(resolve_best_metric("auto", *task_of(TaskKind::regression), false), "valid/mae");
}

TEST(BestMetric, AutoOfSeveralNumbersIsTheLossWhichHasNoUnit) {
  const auto task = make_task({.kind = TaskKind::regression,
                               .names = {"age", "mass"},
                               .target_mean = {0, 0},
                               .target_std = {1, 1}});
  EXPECT_EQ(resolve_best_metric("auto", *task, false), "valid/loss");
}

TEST(BestMetric, EveryTaskHasTheLoss) {
  for (const auto& [kind, name] : enum_names(TaskKind{})) {
    EXPECT_EQ(resolve_best_metric("valid/loss", *task_of(kind), false), "valid/loss") << name;
  }
}

TEST(BestMetric, OfLabelsIsAlsoWhatFollowsFromAllSamplesAtOnce) {
  const auto task = task_of(TaskKind::multi_label);
  EXPECT_EQ(resolve_best_metric("valid/map", *task, false), "valid/map");
  const auto names = epoch_metric_names(*task, {.train_eval = true, .valid = true});
  const auto has = [&](const char* name) { return std::ranges::find(names, name) != names.end(); };
  EXPECT_TRUE(has("valid/auroc") && has("train_eval/map") && has("train/f1"));
  EXPECT_FALSE(has("train/map")) << "training only sums up";
}

TEST(BestMetric, AnotherOneIsRefusedWithTheKnown) {
  for (const char* wanted : {"valid/accuracy", "mae", "train/mae", "", "valid/", "valid_ema/mae"}) {
    try {
      resolve_best_metric(wanted, *task_of(TaskKind::regression), false);
      FAIL() << wanted;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      EXPECT_NE(std::string(error.what()).find("valid/mae, valid/rmse, valid/r2, valid/loss"),
                std::string::npos);
    }
  }
}

TEST(BestMetric, OfARunWithAnAverageIsTheAverages) {
  const auto task = task_of(TaskKind::classification);
  EXPECT_EQ(resolve_best_metric("auto", *task, true), "valid_ema/accuracy");
  for (const char* wanted : {"valid/accuracy", "valid_ema/loss"}) {
    EXPECT_EQ(resolve_best_metric(wanted, *task, true), wanted);
  }
  const auto sums = [&](double correct) {
    return SplitMetrics{4, {{loss_metric(), 1}, {task->metrics()[0], correct}}};
  };
  const EpochReport report{
      .train = {}, .train_eval = {}, .valid = sums(0.25), .valid_ema = sums(0.5), .timing = {}};
  const std::string name = task->metrics()[0].name;
  EXPECT_EQ(best_metric(report, "valid/" + name).value, 0.25);
  EXPECT_EQ(best_metric(report, "valid_ema/" + name).value, 0.5);
}

TEST(BestMetric, KnowsWhichWayIsBetter) {
  const auto task = task_of(TaskKind::regression);
  const std::vector<MetricValue> values = task->metric_values(
      make_task_sums(std::vector<double>{1, 0.5, 3, 9, 0, 0}, std::vector<std::int64_t>{1}));
  const EpochReport report{.train = {},
                           .train_eval = {},
                           .valid = SplitMetrics{1, values},
                           .valid_ema = {},
                           .timing = {}};
  const MetricValue& mae = best_metric(report, "valid/mae");
  EXPECT_EQ(mae.value, 3);
  EXPECT_TRUE(mae.metric.is_better(2.9, 3));
  EXPECT_FALSE(mae.metric.is_better(3.1, 3));
}

}  // namespace
}  // namespace lockstep
