#pragma once

#include "trainer/task/task.h"

namespace lockstep {

/// K numbers: outputs are standardised, (number - mean) / std of the training split, so that
/// numbers of any unit are learned alike. The loss is the mean over numbers of the squared error of
/// these; a mixed sample's numbers are those of both by their shares. Metrics are in the labels'
/// own unit.
class Regression final : public Task {
 public:
  using Task::Task;

  at::Tensor losses(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  std::vector<std::string> real_sums() const override;
  std::vector<std::string> count_sums() const override;
  at::Tensor sums(const at::Tensor& outputs, const DeviceBatch& batch) const override;
  std::vector<Metric> metrics() const override;
  std::vector<double> values(const TaskSums& sums) const override;
  at::Tensor predict(const at::Tensor& outputs) const override;
};

}  // namespace lockstep
