#include "trainer/task/multi_label.h"

#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>

namespace lockstep {
namespace {

enum Count : std::size_t { kExact, kTruePositives, kFalsePositives, kFalseNegatives, kCounts };

}  // namespace

at::Tensor MultiLabel::losses(const at::Tensor& outputs, const DeviceBatch& batch) const {
  return at::binary_cross_entropy_with_logits(outputs, batch.mixed_targets(), {}, {},
                                              at::Reduction::None)
      .mean(1);
}

SumShape MultiLabel::own_sums() const { return {.reals = 0, .counts = kCounts}; }

at::Tensor MultiLabel::sums(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const at::Tensor predicted = outputs.gt(0);
  const at::Tensor actual = batch.targets.gt(0.5);
  return at::stack({predicted.eq(actual).all(1).sum(), predicted.logical_and(actual).sum(),
                    predicted.logical_and(actual.logical_not()).sum(),
                    predicted.logical_not().logical_and(actual).sum()})
      .to(at::kDouble);
}

std::vector<Metric> MultiLabel::metrics() const {
  return {{"f1", "F1 (micro)", Metric::Better::higher, Metric::Format::percent},
          {"exact_match", "exact match", Metric::Better::higher, Metric::Format::percent}};
}

std::vector<double> MultiLabel::values(const TaskSums& sums) const {
  const double right = static_cast<double>(sums.counts[kTruePositives]);
  const double wrong =
      static_cast<double>(sums.counts[kFalsePositives] + sums.counts[kFalseNegatives]);
  const double all = 2 * right + wrong;
  // Nothing to find and nothing found is a full score.
  return {all > 0 ? 2 * right / all : 1, sums.count > 0 ? static_cast<double>(sums.counts[kExact]) /
                                                              static_cast<double>(sums.count)
                                                        : 0};
}

at::Tensor MultiLabel::predict(const at::Tensor& outputs) const { return at::sigmoid(outputs); }

}  // namespace lockstep
