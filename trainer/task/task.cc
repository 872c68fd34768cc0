#include "trainer/task/task.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

namespace lockstep {

std::vector<MetricValue> Task::metric_values(const TaskSums& sums) const {
  std::vector<MetricValue> result = {{loss_metric(), sums.mean_loss()}};
  const std::vector<Metric> all = metrics();
  const std::vector<double> numbers = values(sums);
  for (std::size_t i = 0; i < all.size(); ++i) result.push_back({all[i], numbers[i]});
  return result;
}

LaneTail Task::tail() const {
  const SumShape own = own_sums();
  return {2 + static_cast<std::int64_t>(own.reals), 1 + static_cast<std::int64_t>(own.counts)};
}

BatchSums sum_batch(const Task& task, const at::Tensor& outputs, const DeviceBatch& batch) {
  const at::Tensor loss = (task.losses(outputs, batch) * batch.weights).sum();
  const at::Tensor own = task.sums(outputs.detach(), batch);
  const auto reals = static_cast<std::int64_t>(task.own_sums().reals);
  return {.loss = loss,
          .values = at::cat({at::stack({batch.weights.sum(), loss.detach()}).to(at::kDouble),
                             own.narrow(0, 0, reals),
                             at::full({1}, static_cast<double>(outputs.size(0)), own.options()),
                             own.narrow(0, reals, own.size(0) - reals)})};
}

}  // namespace lockstep
