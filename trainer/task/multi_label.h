#pragma once

#include "trainer/task/task.h"

namespace lockstep {

/// Which of K labels apply: outputs are logits. The loss is the mean over labels of the binary
/// cross-entropy, in which those that apply may count more, or of the focal loss (Lin et al.,
/// 2017); a mixed sample's flags are those of both by their shares. A label is predicted where its
/// probability is above its threshold.
class MultiLabel final : public Task {
 public:
  using Task::Task;

  at::Tensor losses(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  SumShape own_sums() const override;
  at::Tensor sums(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  std::vector<Metric> metrics() const override;
  std::vector<double> values(const TaskSums& sums) const override;
  /// Means over labels; one that all samples have, or none, is left out.
  std::vector<Metric> ranking_metrics() const override;
  std::vector<double> ranking_values(const at::Tensor& outputs,
                                     const at::Tensor& targets) const override;
  std::optional<double> uninformed_loss() const override;
  at::Tensor predict(const at::Tensor& outputs) const override;
  at::Tensor mean_outputs(const std::vector<at::Tensor>& outputs) const override;
};

}  // namespace lockstep
