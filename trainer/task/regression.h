#pragma once

#include "trainer/task/task.h"

namespace lockstep {

/// K numbers: outputs are standardised, (number - mean) / std of the training split, so that
/// numbers of any unit are learned alike. The loss is the mean over numbers of the squared error of
/// these, of the absolute one or of Huber's; a mixed sample's numbers are those of both by their
/// shares. Metrics are in the labels' own unit.
class Regression final : public Task {
 public:
  using Task::Task;

  at::Tensor losses(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  SumShape own_sums() const override;
  at::Tensor sums(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  std::vector<Metric> metrics() const override;
  /// The loss where there are several numbers: errors of different units cannot be averaged.
  std::string main_metric() const override;
  std::vector<double> values(const TaskSums& sums) const override;
  std::optional<double> uninformed_loss() const override;
  at::Tensor predict(const at::Tensor& outputs) const override;
  at::Tensor mean_outputs(const std::vector<at::Tensor>& outputs) const override;

 private:
  at::Tensor errors(const at::Tensor& outputs, const DeviceBatch& batch) const;
};

}  // namespace lockstep
