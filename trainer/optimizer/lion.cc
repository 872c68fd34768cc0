#include "trainer/optimizer/lion.h"

#include <utility>

#include <ATen/ops/zeros_like.h>

namespace lockstep {

Lion::Lion(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors)
    : Optimizer(options, parameters, std::move(factors)),
      mean_(at::zeros_like(parameters.values)),
      direction_(at::zeros_like(parameters.values)) {}

void Lion::update(const FlatTensors& parameters, at::Tensor& gradient, double rate) {
  shrink(parameters.values, rate);
  direction_.copy_(mean_).mul_(options().beta1).add_(gradient, 1 - options().beta1).sign_();
  move(parameters.values, direction_, rate);
  mean_.lerp_(gradient, 1 - options().beta2);
}

std::vector<std::pair<std::string, at::Tensor>> Lion::state() { return {{"exp_avg", mean_}}; }

}  // namespace lockstep
