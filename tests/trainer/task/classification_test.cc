#include "trainer/task/classification.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

/// Places in values.
enum Sum : int { kWeight, kLoss, kCount, kTop1, kTop5 };

const Classification kTask({.kind = TaskKind::classification,
                            .names = {"cat", "dog", "owl"},
                            .target_mean = {},
                            .target_std = {}});

at::Tensor sums_of(const at::Tensor& logits, const std::vector<std::int64_t>& labels,
                   const std::vector<float>& weights) {
  const DeviceBatch batch{
      .images = {}, .weights = at::tensor(weights), .labels = at::tensor(labels)};
  return sum_batch(kTask, logits, batch).values;
}

TEST(Classification, LossIsTheWeightedSumOfCrossEntropies) {
  const at::Tensor sums =
      sums_of(at::tensor({0.0f, 0.0f, 3.0f, 0.0f}).view({2, 2}), {1, 0}, {0.5f, 2.0f});
  EXPECT_EQ(sums[kWeight].item<double>(), 2.5);
  EXPECT_NEAR(sums[kLoss].item<double>(), 0.5 * std::log(2.0) + 2 * std::log1p(std::exp(-3.0)),
              1e-6);
  EXPECT_EQ(sums[kCount].item<double>(), 2) << "counts are not weighted";
}

TEST(Classification, AMixedSampleHasTheLossOfBothLabelsAndIsRightByItsOwn) {
  const at::Tensor logits = at::tensor({2.0f, 0.0f, 0.0f, 1.0f}).view({2, 2});
  const auto loss = [&](std::int64_t first, std::int64_t second) {
    return sums_of(logits, {first, second}, {1, 3})[kLoss].item<double>();
  };
  const DeviceBatch mixed{.images = {},
                          .weights = at::tensor({1.0f, 3.0f}),
                          .labels = at::tensor({0, 0}, at::kLong),
                          .mix_labels = at::tensor({1, 1}, at::kLong),
                          .mix_shares = at::tensor({0.25f, 0.25f})};
  const at::Tensor sums = sum_batch(kTask, logits, mixed).values;
  EXPECT_NEAR(sums[kLoss].item<double>(), 0.75 * loss(0, 0) + 0.25 * loss(1, 1), 1e-6);
  EXPECT_EQ(sums[kTop1].item<double>(), 1);
}

double loss_of(const LossSpec& loss, const at::Tensor& logits) {
  TaskSpec spec = kTask.spec();
  spec.loss = loss;
  const DeviceBatch batch{
      .images = {}, .weights = at::tensor({1.0f}), .labels = at::tensor({0}, at::kLong)};
  return sum_batch(Classification(spec), logits, batch).loss.item<double>();
}

TEST(Classification, OtherLossesByHand) {
  const at::Tensor logits = at::tensor({1.0f, -1.0f, 0.0f}).view({1, 3});
  const double sum = std::exp(1.0) + std::exp(-1.0) + 1, own = std::log(sum) - 1;
  const double mean = (own + (std::log(sum) + 1) + std::log(sum)) / 3;
  EXPECT_NEAR(loss_of({.label_smoothing = 0.3}, logits), 0.7 * own + 0.3 * mean, 1e-6);
  const double p = std::exp(-own);
  EXPECT_NEAR(loss_of({.kind = LossKind::focal, .focal_gamma = 2}, logits), own * (1 - p) * (1 - p),
              1e-6);
  const auto entropy = [](double logit, double target) {
    return std::log1p(std::exp(logit)) - target * logit;
  };
  EXPECT_NEAR(loss_of({.kind = LossKind::bce}, logits),
              (entropy(1, 1) + entropy(-1, 0) + entropy(0, 0)) / 3, 1e-6);
  EXPECT_NEAR(loss_of({.kind = LossKind::bce, .label_smoothing = 0.3}, logits),
              (entropy(1, 0.8) + entropy(-1, 0.1) + entropy(0, 0.1)) / 3, 1e-6);
}

TEST(Classification, TheLossOfKnowingNothingIsThatOfOutputsOfZero) {
  for (const LossKind kind : losses_of(TaskKind::classification)) {
    TaskSpec spec = kTask.spec();
    spec.loss.kind = kind;
    EXPECT_NEAR(Classification(spec).uninformed_loss().value(),
                loss_of(spec.loss, at::tensor({0.f, 0.f, 0.f}).view({1, 3})), 1e-6)
        << name_of(kind);
  }
}

TEST(Classification, CountsTheLabelsPlaceAmongTheLogits) {
  const at::Tensor logits = at::tensor({9.f, 8.f, 7.f, 6.f, 5.f, 4.f}).view({1, 6});
  for (std::int64_t label = 0; label < 6; ++label) {
    const at::Tensor sums = sums_of(logits, {label}, {1});
    EXPECT_EQ(sums[kTop1].item<double>(), label == 0 ? 1 : 0) << label;
    EXPECT_EQ(sums[kTop5].item<double>(), label < 5 ? 1 : 0) << label;
  }
}

TEST(Classification, EqualLogitsRankByClassNumberAsArgmaxHasIt) {
  const at::Tensor logits = at::tensor({1.f, 1.f, 1.f}).view({1, 3});
  EXPECT_EQ(sums_of(logits, {0}, {1})[kTop1].item<double>(), 1);
  EXPECT_EQ(sums_of(logits, {1}, {1})[kTop1].item<double>(), 0);
  EXPECT_EQ(sums_of(logits, {2}, {1})[kTop1].item<double>(), 0);
}

TEST(Classification, FewerThanFiveClassesAreAlwaysInTheTopFive) {
  EXPECT_EQ(sums_of(at::tensor({3.f, 1.f}).view({1, 2}), {1}, {1})[kTop5].item<double>(), 1);
}

TEST(Classification, MetricsArePartsOfTheSamples) {
  TaskSums sums;
  sums += make_task_sums(std::vector<double>{4, 2}, std::vector<std::int64_t>{8, 6, 8});
  EXPECT_EQ(kTask.values(sums), (std::vector<double>{0.75, 1}));
  EXPECT_EQ(to_text(kTask.metric_values(sums)),
            "loss 0.5, accuracy 75.00 %, top-5 accuracy 100.00 %");
}

TEST(Classification, PredictsProbabilities) {
  const at::Tensor predicted = kTask.predict(at::tensor({1.f, 1.f, 1.f}).view({1, 3}));
  EXPECT_TRUE(at::allclose(predicted, at::tensor({1.f, 1.f, 1.f}).view({1, 3}) / 3));
}

}  // namespace
}  // namespace lockstep
