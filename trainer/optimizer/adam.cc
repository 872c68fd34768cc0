#include "trainer/optimizer/adam.h"

#include <cmath>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

namespace lockstep {

Adam::Adam(const OptimizerOptions& options, const FlatTensors& parameters, Decay decay)
    : options_(options),
      decay_(decay),
      mean_(at::zeros_like(parameters.values)),
      square_(at::zeros_like(parameters.values)),
      gradient_(at::zeros_like(parameters.values)),
      denominator_(at::zeros_like(parameters.values)) {}

void Adam::step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
                const at::Tensor& scale, double rate) {
  const at::NoGradGuard no_grad;
  ++steps_;
  gradient_.copy_(gradient_sum).mul_(scale);
  if (options_.weight_decay != 0) {
    if (decay_ == Decay::decoupled) {
      parameters.values.mul_(1 - rate * options_.weight_decay);
    } else {
      gradient_.add_(parameters.values, options_.weight_decay);
    }
  }
  mean_.mul_(options_.beta1).add_(gradient_, 1 - options_.beta1);
  square_.mul_(options_.beta2).addcmul_(gradient_, gradient_, 1 - options_.beta2);
  const double correction1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correction2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  denominator_.copy_(square_).sqrt_().div_(std::sqrt(correction2)).add_(options_.epsilon);
  parameters.values.addcdiv_(mean_, denominator_, -rate / correction1);
}

std::vector<std::pair<std::string, at::Tensor>> Adam::state() {
  return {{"exp_avg", mean_}, {"exp_avg_sq", square_}};
}

}  // namespace lockstep
