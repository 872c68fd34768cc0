#include "trainer/best_metric.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

std::unique_ptr<Task> task_of(TaskKind kind) {
  return make_task({.kind = kind, .names = {"a"}, .target_mean = {0}, .target_std = {1}});
}

TEST(BestMetric, AutoIsTheTasksFirst) {
  EXPECT_EQ(resolve_best_metric("auto", *task_of(TaskKind::classification)), "valid/accuracy");
  EXPECT_EQ(resolve_best_metric("auto", *task_of(TaskKind::multi_label)), "valid/f1");
  EXPECT_EQ(resolve_best_metric("auto", *task_of(TaskKind::regression)), "valid/mae");
}

TEST(BestMetric, AutoOfSeveralNumbersIsTheLossWhichHasNoUnit) {
  const auto task = make_task({.kind = TaskKind::regression,
                               .names = {"age", "mass"},
                               .target_mean = {0, 0},
                               .target_std = {1, 1}});
  EXPECT_EQ(resolve_best_metric("auto", *task), "valid/loss");
}

TEST(BestMetric, EveryTaskHasTheLoss) {
  for (const auto& [kind, name] : enum_names(TaskKind{})) {
    EXPECT_EQ(resolve_best_metric("valid/loss", *task_of(kind)), "valid/loss") << name;
  }
}

TEST(BestMetric, AnotherOneIsRefusedWithTheKnown) {
  for (const char* wanted : {"valid/accuracy", "mae", "train/mae", "", "valid/"}) {
    try {
      resolve_best_metric(wanted, *task_of(TaskKind::regression));
      FAIL() << wanted;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      EXPECT_NE(std::string(error.what()).find("valid/mae, valid/rmse, valid/loss"),
                std::string::npos);
    }
  }
}

TEST(BestMetric, KnowsWhichWayIsBetter) {
  const auto task = task_of(TaskKind::regression);
  const std::vector<MetricValue> values = task->metric_values(
      make_task_sums(std::vector<double>{1, 0.5, 3, 9}, std::vector<std::int64_t>{1}));
  const MetricValue& mae = best_metric(values, "valid/mae");
  EXPECT_EQ(mae.value, 3);
  EXPECT_TRUE(mae.metric.is_better(2.9, 3));
  EXPECT_FALSE(mae.metric.is_better(3.1, 3));
}

}  // namespace
}  // namespace lockstep
