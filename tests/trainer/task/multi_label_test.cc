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
  const at::Tensor values =
      sum_batch(kTask, rows({3, -3, 2, 1, -1, 4}), batch_of({1, 1, 0, 1, 0, 1}, {1, 1, 1})).values;
  const TaskSums sums = make_task_sums(
      std::vector<double>{values[0].item<double>(), values[1].item<double>()},
      std::vector<std::int64_t>{3, values[3].item<std::int64_t>(), values[4].item<std::int64_t>(),
                                values[5].item<std::int64_t>(), values[6].item<std::int64_t>()});
  EXPECT_EQ(sums.counts, (std::vector<std::int64_t>{1, 3, 1, 1}));
  EXPECT_EQ(kTask.values(sums), (std::vector<double>{6.0 / 8, 1.0 / 3}));
}

TEST(MultiLabel, NothingToFindAndNothingFoundIsAFullScore) {
  const TaskSums sums =
      make_task_sums(std::vector<double>{1, 0}, std::vector<std::int64_t>{5, 5, 0, 0, 0});
  EXPECT_EQ(kTask.values(sums), (std::vector<double>{1, 1}));
}

}  // namespace
}  // namespace lockstep
