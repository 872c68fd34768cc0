#include "trainer/optimizer/lamb.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include "trainer/optimizer/trust_ratio.h"

namespace lockstep {

Lamb::Lamb(const OptimizerOptions& options, const FlatTensors& parameters)
    : options_(options),
      mean_(at::zeros_like(parameters.values)),
      square_(at::zeros_like(parameters.values)),
      update_(at::zeros_like(parameters.values)),
      denominator_(at::zeros_like(parameters.values)) {}

void Lamb::step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
                const at::Tensor& scale, double rate) {
  const at::NoGradGuard no_grad;
  ++steps_;
  at::Tensor& gradient = update_;  // until it has been taken in
  gradient.copy_(gradient_sum).mul_(scale);
  mean_.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
  square_.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
  const double correction1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correction2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  denominator_.copy_(square_).sqrt_().div_(std::sqrt(correction2)).add_(options_.epsilon);
  update_.copy_(mean_).div_(correction1).div_(denominator_);
  for (const FlatEntry& entry : parameters.layout.entries) {
    if (!has_trust_ratio(entry)) continue;
    const at::Tensor weight = view_of(parameters.values, entry);
    at::Tensor update = view_of(update_, entry);
    update.add_(weight, options_.weight_decay);
    const at::Tensor weight_norm = weight.norm(), update_norm = update.norm();
    update.mul_(trust_ratio(weight_norm / update_norm, weight_norm, update_norm));
  }
  parameters.values.add_(update_, -rate);
}

std::vector<std::pair<std::string, at::Tensor>> Lamb::state() {
  return {{"exp_avg", mean_}, {"exp_avg_sq", square_}};
}

}  // namespace lockstep
