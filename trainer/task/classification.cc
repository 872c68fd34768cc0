#include "trainer/task/classification.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>

namespace lockstep {
namespace {

constexpr int kTop = 5;

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

}  // namespace

at::Tensor Classification::losses(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const auto cross_entropy = [&](const at::Tensor& labels) {
    return at::cross_entropy_loss(outputs, labels, {}, at::Reduction::None);
  };
  const at::Tensor own = cross_entropy(batch.labels);
  if (!batch.mix_labels.defined()) return own;
  return own * (1 - batch.mix_shares) + cross_entropy(batch.mix_labels) * batch.mix_shares;
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

}  // namespace lockstep
