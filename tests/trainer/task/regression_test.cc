#include "trainer/task/regression.h"

#include <cmath>

#include <ATen/ops/allclose.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

const Regression kAge(
    {.kind = TaskKind::regression, .names = {"age"}, .target_mean = {50}, .target_std = {20}});
const Regression kTwo({.kind = TaskKind::regression,
                       .names = {"age", "weight"},
                       .target_mean = {50, 70},
                       .target_std = {20, 10}});

DeviceBatch batch_of(const at::Tensor& targets) {
  return {.images = {}, .weights = at::tensor({1.0f, 2.0f}), .targets = targets};
}

TaskSums sums_of(const Regression& task, const at::Tensor& outputs, const at::Tensor& targets) {
  const at::Tensor values = sum_batch(task, outputs, batch_of(targets)).values;
  std::vector<double> reals;
  for (std::int64_t i = 0; i + 1 < values.size(0); ++i) reals.push_back(values[i].item<double>());
  return make_task_sums(reals, std::vector<std::int64_t>{values[-1].item<std::int64_t>()});
}

TEST(Regression, LossIsTheSquaredErrorOfStandardisedTargets) {
  const TaskSums sums = sums_of(kAge, at::tensor({0.5f, -1.0f}).view({2, 1}),
                                at::tensor({70.0f, 50.0f}).view({2, 1}));
  EXPECT_NEAR(sums.loss, 0.25 + 2 * 1.0, 1e-6);  // targets 1 and 0, the second counts twice
  EXPECT_EQ(sums.count, 2);
}

TEST(Regression, MetricsAreInTheLabelsUnit) {
  const TaskSums sums = sums_of(kAge, at::tensor({0.5f, -1.0f}).view({2, 1}),
                                at::tensor({70.0f, 50.0f}).view({2, 1}));
  // Predicted 60 and 30.
  const std::vector<double> values = kAge.values(sums);
  EXPECT_NEAR(values[0], 15, 1e-6);
  EXPECT_NEAR(values[1], std::sqrt((100.0 + 400.0) / 2), 1e-6);
  EXPECT_NEAR(values[2], 1 - (100.0 + 400.0) / 200.0, 1e-6) << "targets 70 and 50";
  EXPECT_EQ(kAge.metrics().size(), 3u);
}

TEST(Regression, SeveralTargetsAlsoHaveAnErrorEach) {
  const TaskSums sums = sums_of(kTwo, at::tensor({0.f, 0.f, 1.f, 1.f}).view({2, 2}),
                                at::tensor({40.f, 70.f, 70.f, 84.f}).view({2, 2}));
  ASSERT_EQ(kTwo.metrics().size(), 5u);
  EXPECT_EQ(kTwo.metrics()[3].name, "mae_age");
  const std::vector<double> values = kTwo.values(sums);  // errors 10, 0 and 0, 4
  EXPECT_NEAR(values[0], 3.5, 1e-6);
  EXPECT_NEAR(values[3], 5, 1e-6);
  EXPECT_NEAR(values[4], 2, 1e-6);
}

TEST(Regression, NumbersOfAnyUnitStayWithinFloat32) {
  const Regression far({.kind = TaskKind::regression,
                        .names = {"mass"},
                        .target_mean = {1e30},
                        .target_std = {1e30}});
  const TaskSums sums =
      sums_of(far, at::tensor({1.f, 1.f}).view({2, 1}), at::tensor({1e30f, 1e30f}).view({2, 1}));
  for (const double sum : sums.reals) EXPECT_LT(sum, 1e30);
  EXPECT_NEAR(far.values(sums)[0] / 1e30, 1, 1e-6);
  EXPECT_NEAR(far.values(sums)[1] / 1e30, 1, 1e-6);
}

TEST(Regression, TargetsThatDoNotVaryAreExplainedWhollyOrNot) {
  const at::Tensor same = at::tensor({60.f, 60.f}).view({2, 1});
  EXPECT_EQ(kAge.values(sums_of(kAge, at::tensor({0.5f, 0.5f}).view({2, 1}), same))[2], 1);
  EXPECT_EQ(kAge.values(sums_of(kAge, at::tensor({0.5f, 1.5f}).view({2, 1}), same))[2], 0);
}

TEST(Regression, OtherLossesAreTorchs) {
  const at::Tensor outputs = at::tensor({0.5f, -2.0f}).view({2, 1});
  const at::Tensor targets = at::tensor({50.0f, 50.0f}).view({2, 1});  // 0, standardised
  const auto loss = [&](const LossSpec& spec) {
    TaskSpec task = kAge.spec();
    task.loss = spec;
    return sum_batch(Regression(task), outputs, batch_of(targets)).loss.item<double>();
  };
  EXPECT_NEAR(loss({.kind = LossKind::l1}), 0.5 + 2 * 2, 1e-6);
  EXPECT_NEAR(loss({.kind = LossKind::huber}), 0.125 + 2 * 1.5, 1e-6);
  EXPECT_NEAR(loss({.kind = LossKind::huber, .huber_delta = 0.1}),
              0.1 * (0.5 - 0.05) + 2 * 0.1 * (2 - 0.05), 1e-6);
}

TEST(Regression, PredictsInTheLabelsUnit) {
  EXPECT_TRUE(at::allclose(kTwo.predict(at::tensor({1.f, -1.f}).view({1, 2})),
                           at::tensor({70.f, 60.f}).view({1, 2})));
}

TEST(Regression, AMixedSampleHasTheTargetsOfBothByTheirShares) {
  DeviceBatch mixed = batch_of(at::tensor({40.f, 60.f}).view({2, 1}));
  mixed.mix_targets = at::tensor({80.f, 60.f}).view({2, 1});
  mixed.mix_shares = at::tensor({0.5f, 0.25f});
  const at::Tensor at_60 = at::tensor({0.5f, 0.5f}).view({2, 1});
  EXPECT_NEAR(sum_batch(kAge, at_60, mixed).loss.item<double>(), 0, 1e-9);
}

}  // namespace
}  // namespace lockstep
