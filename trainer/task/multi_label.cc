#include "trainer/task/multi_label.h"

#include <cmath>
#include <memory>

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/logit.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include "analysis/ranking.h"
#include "trainer/lane/host_copy.h"

namespace lockstep {
namespace {

// Counts: samples that are all right, then of each label those that are rightly, wrongly and
// wrongly not predicted.
constexpr std::size_t kExact = 0, kOfLabels = 1, kKinds = 3;

/// F1 of such counts. Nothing to find and nothing found is a full score.
double f1(std::int64_t right, std::int64_t wrong, std::int64_t missed) {
  const auto all = static_cast<double>(2 * right + wrong + missed);
  return all > 0 ? 2 * static_cast<double>(right) / all : 1;
}

/// [K] float32.
at::Tensor row(const std::vector<double>& values, const at::Tensor& like) {
  return device_copy(at::tensor(values, at::kFloat), like.device());
}

}  // namespace

at::Tensor MultiLabel::losses(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const LossSpec& loss = spec().loss;
  at::Tensor targets = batch.mixed_targets();
  if (loss.label_smoothing > 0) {
    targets = targets * (1 - loss.label_smoothing) + loss.label_smoothing / 2;
  }
  std::optional<at::Tensor> positive_weights;
  if (!loss.positive_weights.empty()) positive_weights = row(loss.positive_weights, outputs);
  const at::Tensor entropy = at::binary_cross_entropy_with_logits(
      outputs, targets, {}, positive_weights, at::Reduction::None);
  if (spec().loss_kind() != LossKind::focal) return entropy.mean(1);
  const at::Tensor p = at::sigmoid(outputs);
  return (entropy * (p + targets - 2 * p * targets).pow(loss.focal_gamma)).mean(1);
}

SumShape MultiLabel::own_sums() const {
  return {.reals = 0, .counts = kOfLabels + kKinds * spec().names.size()};
}

at::Tensor MultiLabel::sums(const at::Tensor& outputs, const DeviceBatch& batch) const {
  at::Tensor predicted = outputs.gt(0);
  if (!spec().thresholds.empty()) {
    std::vector<double> logits;
    for (const double p : spec().thresholds) logits.push_back(std::log(p / (1 - p)));
    predicted = outputs.gt(row(logits, outputs));
  }
  const at::Tensor actual = batch.targets.gt(0.5);
  return at::cat({predicted.eq(actual).all(1).sum().unsqueeze(0),
                  predicted.logical_and(actual).sum(0),
                  predicted.logical_and(actual.logical_not()).sum(0),
                  predicted.logical_not().logical_and(actual).sum(0)})
      .to(at::kDouble);
}

std::vector<Metric> MultiLabel::metrics() const {
  return {{"f1", "F1 (micro)", Metric::Better::higher, Metric::Format::percent},
          {"f1_macro", "F1 (macro)", Metric::Better::higher, Metric::Format::percent},
          {"exact_match", "exact match", Metric::Better::higher, Metric::Format::percent}};
}

std::vector<double> MultiLabel::values(const TaskSums& sums) const {
  const std::size_t labels = spec().names.size();
  const std::int64_t* const of_labels = sums.counts.data() + kOfLabels;
  std::int64_t right = 0, wrong = 0, missed = 0;
  double of_each = 0;
  for (std::size_t i = 0; i < labels; ++i) {
    right += of_labels[i];
    wrong += of_labels[labels + i];
    missed += of_labels[2 * labels + i];
    of_each += f1(of_labels[i], of_labels[labels + i], of_labels[2 * labels + i]);
  }
  const auto count = static_cast<double>(std::max<std::int64_t>(sums.count, 1));
  return {f1(right, wrong, missed), of_each / static_cast<double>(labels),
          static_cast<double>(sums.counts[kExact]) / count};
}

std::vector<Metric> MultiLabel::ranking_metrics() const {
  return {{"map", "mean average precision", Metric::Better::higher, Metric::Format::percent},
          {"auroc", "area under ROC", Metric::Better::higher, Metric::Format::percent}};
}

std::vector<double> MultiLabel::ranking_values(const at::Tensor& outputs,
                                               const at::Tensor& targets) const {
  const auto samples = static_cast<std::size_t>(outputs.size(0));
  const std::unique_ptr<bool[]> positive(new bool[samples]);
  double precision = 0, area = 0, labels = 0;
  for (std::int64_t k = 0; k < outputs.size(1); ++k) {
    const at::Tensor scores = outputs.select(1, k).contiguous();
    const at::Tensor flags = targets.select(1, k).contiguous();
    for (std::size_t i = 0; i < samples; ++i) positive[i] = flags.const_data_ptr<float>()[i] > 0.5f;
    const std::optional<Ranking> ranking = rank_scores(
        {scores.const_data_ptr<float>(), samples}, std::span<const bool>(positive.get(), samples));
    if (!ranking) continue;
    precision += ranking->average_precision;
    area += ranking->roc_area;
    labels += 1;
  }
  if (labels == 0) return {std::nan(""), std::nan("")};
  return {precision / labels, area / labels};
}

std::optional<double> MultiLabel::uninformed_loss() const {
  if (!spec().loss.positive_weights.empty()) return std::nullopt;
  const double entropy = std::log(2);
  if (spec().loss_kind() != LossKind::focal) return entropy;
  return entropy * std::pow(0.5, spec().loss.focal_gamma);
}

at::Tensor MultiLabel::predict(const at::Tensor& outputs) const { return at::sigmoid(outputs); }

at::Tensor MultiLabel::mean_outputs(const std::vector<at::Tensor>& outputs) const {
  const at::Tensor probability = at::sigmoid(at::stack(outputs).to(at::kDouble)).mean(0);
  return at::logit(probability, 1e-12).to(at::kFloat);
}

}  // namespace lockstep
