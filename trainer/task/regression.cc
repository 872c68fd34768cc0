#include "trainer/task/regression.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/huber_loss.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include "trainer/lane/host_copy.h"

namespace lockstep {
namespace {

/// [1, K] float64: in float32 a mean far from 0 would round what is subtracted from it.
at::Tensor row(const std::vector<double>& values, const at::Tensor& like) {
  return device_copy(at::tensor(values, at::kDouble), like.device());
}

/// R2 of squared errors and squared distances from the mean; of targets that do not vary, as
/// scikit-learn's r2_score.
double part_explained(double errors, double distances) {
  constexpr double kNone = 1e-9;  // of standardised targets, what rounding leaves
  if (distances > kNone) return 1 - errors / distances;
  return errors > kNone ? 0 : 1;
}

}  // namespace

/// The standardised errors [B, K]; of mixed samples, to the targets of both by their shares.
at::Tensor Regression::errors(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const at::Tensor mean = row(spec().target_mean, outputs), std = row(spec().target_std, outputs);
  return outputs - ((batch.mixed_targets().to(at::kDouble) - mean) / std).to(at::kFloat);
}

at::Tensor Regression::losses(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const at::Tensor error = errors(outputs, batch);
  switch (spec().loss_kind()) {
    case LossKind::l1:
      return error.abs().mean(1);
    case LossKind::huber:
      return at::huber_loss(error, at::zeros_like(error), at::Reduction::None,
                            spec().loss.huber_delta)
          .mean(1);
    default:
      return error.square().mean(1);
  }
}

std::optional<double> Regression::uninformed_loss() const {
  if (spec().loss_kind() != LossKind::mse) return std::nullopt;
  return 1;  // the variance of standardised targets
}

// Reals, a row of each for all numbers: absolute errors, squared ones, targets, squared ones. All
// standardised: in the labels' unit they could be beyond what float32 holds.
SumShape Regression::own_sums() const { return {.reals = 4 * spec().names.size(), .counts = 0}; }

at::Tensor Regression::sums(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const at::Tensor error = errors(outputs, batch).to(at::kDouble);
  const at::Tensor target = outputs.to(at::kDouble) - error;
  return at::cat(
      {error.abs().sum(0), error.square().sum(0), target.sum(0), target.square().sum(0)});
}

std::vector<Metric> Regression::metrics() const {
  std::vector<Metric> metrics = {
      {"mae", "mean absolute error", Metric::Better::lower, Metric::Format::number},
      {"rmse", "root mean square error", Metric::Better::lower, Metric::Format::number},
      {"r2", "R2", Metric::Better::higher, Metric::Format::number}};
  if (outputs() == 1) return metrics;
  for (const std::string& name : spec().names) {
    metrics.push_back({"mae_" + name, "mean absolute error of " + name, Metric::Better::lower,
                       Metric::Format::number});
  }
  return metrics;
}

std::string Regression::main_metric() const {
  return outputs() == 1 ? Task::main_metric() : loss_metric().name;
}

std::vector<double> Regression::values(const TaskSums& sums) const {
  const auto numbers = static_cast<std::size_t>(outputs());
  const double count = static_cast<double>(std::max<std::int64_t>(sums.count, 1));
  double absolute = 0, squared = 0, explained = 0;
  std::vector<double> of_each;
  for (std::size_t i = 0; i < numbers; ++i) {
    const double unit = spec().target_std[i];
    of_each.push_back(unit * sums.reals[i] / count);
    absolute += of_each.back();
    const double error = sums.reals[numbers + i], sum = sums.reals[2 * numbers + i];
    squared += unit * unit * error / count;
    explained += part_explained(error, sums.reals[3 * numbers + i] - sum * sum / count);
  }
  const double all = static_cast<double>(numbers);
  std::vector<double> values = {absolute / all, std::sqrt(squared / all), explained / all};
  if (numbers > 1) values.insert(values.end(), of_each.begin(), of_each.end());
  return values;
}

at::Tensor Regression::predict(const at::Tensor& outputs) const {
  const at::Tensor mean = row(spec().target_mean, outputs), std = row(spec().target_std, outputs);
  return (outputs.to(at::kDouble) * std + mean).to(at::kFloat);
}

at::Tensor Regression::mean_outputs(const std::vector<at::Tensor>& outputs) const {
  return at::stack(outputs).to(at::kDouble).mean(0).to(at::kFloat);
}

}  // namespace lockstep
