#include "trainer/task/classification.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>

namespace lockstep {
namespace {

constexpr int kTop = 5;

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

}  // namespace

/// As if all samples had these labels.
at::Tensor Classification::losses_for(const at::Tensor& outputs, const at::Tensor& labels) const {
  const double smoothing = spec().loss.label_smoothing;
  if (spec().loss_kind() == LossKind::bce) {
    const at::Tensor targets =
        at::full_like(outputs, smoothing / static_cast<double>(outputs.size(1)))
            .scatter_add_(1, labels.unsqueeze(1),
                          at::full_like(outputs.narrow(1, 0, 1), 1 - smoothing));
    return at::binary_cross_entropy_with_logits(outputs, targets, {}, {}, at::Reduction::None)
        .mean(1);
  }
  const at::Tensor cross_entropy = at::cross_entropy_loss(outputs, labels, {}, at::Reduction::None,
                                                          /*ignore_index=*/-100, smoothing);
  if (spec().loss_kind() != LossKind::focal) return cross_entropy;
  return cross_entropy * (1 - cross_entropy.neg().exp()).clamp_min(0).pow(spec().loss.focal_gamma);
}

at::Tensor Classification::losses(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const at::Tensor own = losses_for(outputs, batch.labels);
  if (!batch.mix_labels.defined()) return own;
  return own * (1 - batch.mix_shares) + losses_for(outputs, batch.mix_labels) * batch.mix_shares;
}

std::optional<double> Classification::uninformed_loss() const {
  const double classes = outputs();
  switch (spec().loss_kind()) {
    case LossKind::bce:
      return std::log(2);
    case LossKind::focal:
      return std::log(classes) * std::pow(1 - 1 / classes, spec().loss.focal_gamma);
    default:
      return std::log(classes);
  }
}

// Counts: right; among the five largest.
SumShape Classification::own_sums() const { return {.reals = 0, .counts = 2}; }

at::Tensor Classification::sums(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const at::Tensor labels = batch.labels.unsqueeze(1);
  const at::Tensor score = outputs.gather(1, labels);
  // The class's place among the logits, counted from 0; equal logits rank by class number, as
  // argmax has it.
  const at::Tensor earlier = at::arange(outputs.size(1), labels.options()).lt(labels);
  const at::Tensor place =
      outputs.gt(score).logical_or(outputs.eq(score).logical_and(earlier)).sum(1);
  return at::stack({place.lt(1).sum(), place.lt(kTop).sum()}).to(at::kDouble);
}

std::vector<Metric> Classification::metrics() const {
  return {{"accuracy", "accuracy", Metric::Better::higher, Metric::Format::percent},
          {"top5_accuracy", "top-5 accuracy", Metric::Better::higher, Metric::Format::percent}};
}

std::vector<double> Classification::values(const TaskSums& sums) const {
  return {ratio(sums.counts[0], sums.count), ratio(sums.counts[1], sums.count)};
}

at::Tensor Classification::predict(const at::Tensor& outputs) const {
  return at::softmax(outputs, 1);
}

at::Tensor Classification::mean_outputs(const std::vector<at::Tensor>& outputs) const {
  // Through logarithms: a probability of 0 in float32 still has one.
  const at::Tensor log_probabilities = at::log_softmax(at::stack(outputs).to(at::kDouble), 2);
  return (at::logsumexp(log_probabilities, 0) - std::log(static_cast<double>(outputs.size())))
      .to(at::kFloat);
}

}  // namespace lockstep
