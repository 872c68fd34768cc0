#include "trainer/optimizer/lion.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

namespace lockstep {

Lion::Lion(const OptimizerOptions& options, const FlatTensors& parameters)
    : options_(options),
      mean_(at::zeros_like(parameters.values)),
      gradient_(at::zeros_like(parameters.values)),
      direction_(at::zeros_like(parameters.values)) {}

void Lion::step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
                const at::Tensor& scale, double rate) {
  const at::NoGradGuard no_grad;
  gradient_.copy_(gradient_sum).mul_(scale);
  parameters.values.mul_(1 - rate * options_.weight_decay);
  direction_.copy_(mean_).mul_(options_.beta1).add_(gradient_, 1 - options_.beta1).sign_();
  parameters.values.add_(direction_, -rate);
  mean_.lerp_(gradient_, 1 - options_.beta2);
  ++steps_;
}

std::vector<std::pair<std::string, at::Tensor>> Lion::state() { return {{"exp_avg", mean_}}; }

}  // namespace lockstep
