#pragma once

#include "trainer/task/task.h"

namespace lockstep {

/// Which of K labels apply: outputs are logits. The loss is the mean over labels of the binary
/// cross-entropy; a mixed sample's flags are those of both by their shares. A label is predicted
/// where its probability is above a half.
class MultiLabel final : public Task {
 public:
  using Task::Task;

  at::Tensor losses(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  SumShape own_sums() const override;
  at::Tensor sums(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  std::vector<Metric> metrics() const override;
  std::vector<double> values(const TaskSums& sums) const override;
  at::Tensor predict(const at::Tensor& outputs) const override;
};

}  // namespace lockstep
