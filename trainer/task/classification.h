#pragma once

#include "trainer/task/task.h"

namespace lockstep {

/// One of K classes: outputs are logits. The loss is cross-entropy, the binary one of each class by
/// itself (Wightman et al., "ResNet strikes back", 2021) or focal (Lin et al., 2017); of a mixed
/// sample, that of both classes by their shares. A sample is right where its own class has the
/// largest logit.
class Classification final : public Task {
 public:
  using Task::Task;

  at::Tensor losses(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  SumShape own_sums() const override;
  at::Tensor sums(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  std::vector<Metric> metrics() const override;
  std::vector<double> values(const TaskSums& sums) const override;
  std::optional<double> uninformed_loss() const override;
  at::Tensor predict(const at::Tensor& outputs) const override;
  at::Tensor mean_outputs(const std::vector<at::Tensor>& outputs) const override;

 private:
  at::Tensor losses_for(const at::Tensor& outputs, const at::Tensor& labels) const;
};

}  // namespace lockstep
