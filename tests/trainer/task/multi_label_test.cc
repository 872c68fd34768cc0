#include "trainer/task/multi_label.h"

#include <cmath>

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

const MultiLabel kTask({.kind = TaskKind::multi_label,
                        .names = {"edema", "effusion"},
                        .target_mean = {},
                        .target_std = {}});

at::Tensor rows(const std::vector<float>& values) { return at::tensor(values).view({-1, 2}); }

DeviceBatch batch_of(const std::vector<float>& flags, const std::vector<float>& weights) {
  return {.images = {}, .weights = at::tensor(weights), .targets = rows(flags)};
}

TaskSums sums_of(const MultiLabel& task, const at::Tensor& outputs, const DeviceBatch& batch) {
  const at::Tensor values = sum_batch(task, outputs, batch).values;
  std::vector<std::int64_t> counts;
  for (std::int64_t i = 2; i < values.size(0); ++i) {
    counts.push_back(values[i].item<std::int64_t>());
  }
  return make_task_sums(std::vector<double>{values[0].item<double>(), values[1].item<double>()},
                        counts);
}

TEST(MultiLabel, LossIsTheMeanOverLabelsOfTheBinaryCrossEntropy) {
  const BatchSums sums = sum_batch(kTask, rows({0, 2, -1, 0}), batch_of({1, 0, 0, 1}, {1, 3}));
  const double first = (std::log(2.0) + std::log1p(std::exp(2.0))) / 2;
  const double second = (std::log1p(std::exp(-1.0)) + std::log(2.0)) / 2;
  EXPECT_NEAR(sums.loss.item<double>(), first + 3 * second, 1e-6);
}

TEST(MultiLabel, AMixedSampleHasTheLossOfBothByTheirShares) {
  DeviceBatch mixed = batch_of({1, 0}, {1});
  mixed.mix_targets = rows({0, 0});
  mixed.mix_shares = at::tensor({0.25f});
  const auto loss = [&](const DeviceBatch& batch) {
    return sum_batch(kTask, rows({0.5, -2}), batch).loss.item<double>();
  };
  EXPECT_NEAR(loss(mixed), 0.75 * loss(batch_of({1, 0}, {1})) + 0.25 * loss(batch_of({0, 0}, {1})),
              1e-6);
}

TEST(MultiLabel, CountsByHand) {
  // Right and wrong ones of each kind; the third sample is all right.
  const TaskSums sums =
      sums_of(kTask, rows({3, -3, 2, 1, -1, 4}), batch_of({1, 1, 0, 1, 0, 1}, {1, 1, 1}));
  // Samples, then of each label those that are right, wrong and missed.
  EXPECT_EQ(sums.counts, (std::vector<std::int64_t>{1, 1, 2, 1, 0, 0, 1}));
  EXPECT_EQ(kTask.values(sums), (std::vector<double>{6.0 / 8, (2.0 / 3 + 4.0 / 5) / 2, 1.0 / 3}));
}

TEST(MultiLabel, ALabelIsPredictedAboveItsOwnThreshold) {
  TaskSpec spec = kTask.spec();
  spec.thresholds = {0.9, 0.1};
  const MultiLabel task(spec);
  // Probabilities of about 0.88 and 0.12.
  const TaskSums sums = sums_of(task, rows({2, -2}), batch_of({1, 1}, {1}));
  EXPECT_EQ(sums.counts, (std::vector<std::int64_t>{0, 0, 1, 0, 0, 1, 0}));
}

TEST(MultiLabel, PositiveWeightsCountThoseThatApply) {
  TaskSpec spec = kTask.spec();
  spec.loss.positive_weights = {3, 1};
  const double loss =
      sum_batch(MultiLabel(spec), rows({0, 0}), batch_of({1, 0}, {1})).loss.item<double>();
  EXPECT_NEAR(loss, (3 + 1) * std::log(2.0) / 2, 1e-6);
  EXPECT_FALSE(MultiLabel(spec).uninformed_loss());
}

TEST(MultiLabel, TheFocalLossIsThatOfTorchvision) {
  TaskSpec spec = kTask.spec();
  spec.loss = {.kind = LossKind::focal, .focal_gamma = 2};
  // torchvision 0.26: sigmoid_focal_loss(tensor([0.5, -2.]), tensor([1., 1.]), alpha=-1, gamma=2)
  const double loss =
      sum_batch(MultiLabel(spec), rows({0.5, -2}), batch_of({1, 1}, {1})).loss.item<double>();
  EXPECT_NEAR(loss, (0.06757349 + 1.65007818) / 2, 1e-6);
}

TEST(MultiLabel, SmoothedFlagsAreNearerToAHalf) {
  TaskSpec spec = kTask.spec();
  spec.loss.label_smoothing = 0.2;
  const auto loss = [](const MultiLabel& task, const std::vector<float>& flags) {
    return sum_batch(task, rows({2, -1}), batch_of(flags, {1})).loss.item<double>();
  };
  EXPECT_NEAR(loss(MultiLabel(spec), {1, 0}), loss(kTask, {0.9f, 0.1f}), 1e-6);
}

TEST(MultiLabel, TheRankingLeavesLabelsOutThatAllHave) {
  const at::Tensor outputs = rows({3, 1, 2, 1, 1, 1}), targets = rows({1, 1, 0, 1, 1, 1});
  const std::vector<double> values = kTask.ranking_values(outputs, targets);
  ASSERT_EQ(values.size(), kTask.ranking_metrics().size());
  EXPECT_NEAR(values[0], (1 + 2.0 / 3) / 2, 1e-12);
  EXPECT_NEAR(values[1], 0.5, 1e-12);
  for (const double none : kTask.ranking_values(outputs, rows({1, 1, 1, 1, 1, 1}))) {
    EXPECT_TRUE(std::isnan(none));
  }
}

TEST(MultiLabel, NothingToFindAndNothingFoundIsAFullScore) {
  const TaskSums sums =
      make_task_sums(std::vector<double>{1, 0}, std::vector<std::int64_t>{5, 5, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(kTask.values(sums), (std::vector<double>{1, 1, 1}));
}

}  // namespace
}  // namespace lockstep
