#include "trainer/task/regression.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

namespace lockstep {
namespace {

at::Tensor row(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(values, at::kDouble).to(like.device(), like.scalar_type(), true);
}

}  // namespace

at::Tensor Regression::losses(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const at::Tensor mean = row(spec().target_mean, outputs), std = row(spec().target_std, outputs);
  return (outputs - (batch.mixed_targets() - mean) / std).square().mean(1);
}

std::vector<std::string> Regression::real_sums() const {
  std::vector<std::string> names;
  for (const char* error : {"absolute_error", "squared_error"}) {
    for (const std::string& name : spec().names) names.push_back(error + (" of " + name));
  }
  return names;
}

std::vector<std::string> Regression::count_sums() const { return {}; }

at::Tensor Regression::sums(const at::Tensor& outputs, const DeviceBatch& batch) const {
  const at::Tensor error = predict(outputs).to(at::kDouble) - batch.targets.to(at::kDouble);
  return at::cat({error.abs().sum(0), error.square().sum(0)});
}

std::vector<Metric> Regression::metrics() const {
  std::vector<Metric> metrics = {
      {"mae", "mean absolute error", Metric::Better::lower, Metric::Format::number},
      {"rmse", "root mean square error", Metric::Better::lower, Metric::Format::number}};
  if (outputs() == 1) return metrics;
  for (const std::string& name : spec().names) {
    metrics.push_back({"mae_" + name, "of " + name, Metric::Better::lower, Metric::Format::number});
  }
  return metrics;
}

std::vector<double> Regression::values(const TaskSums& sums) const {
  const auto numbers = static_cast<std::size_t>(outputs());
  const double count = static_cast<double>(std::max<std::int64_t>(sums.count, 1));
  double absolute = 0, squared = 0;
  std::vector<double> of_each;
  for (std::size_t i = 0; i < numbers; ++i) {
    absolute += sums.reals[i];
    squared += sums.reals[numbers + i];
    of_each.push_back(sums.reals[i] / count);
  }
  const double all = count * static_cast<double>(numbers);
  std::vector<double> values = {absolute / all, std::sqrt(squared / all)};
  if (numbers > 1) values.insert(values.end(), of_each.begin(), of_each.end());
  return values;
}

at::Tensor Regression::predict(const at::Tensor& outputs) const {
  return outputs * row(spec().target_std, outputs) + row(spec().target_mean, outputs);
}

}  // namespace lockstep
