#include "trainer/optimizer/lamb.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include "trainer/optimizer/trust_ratio.h"

namespace lockstep {

Lamb::Lamb(const OptimizerOptions& options, const FlatTensors& parameters)
    : options_(options), moments_(parameters.values), update_(at::zeros_like(parameters.values)) {}

void Lamb::step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
                const at::Tensor& scale, double rate) {
  const at::NoGradGuard no_grad;
  ++steps_;
  at::Tensor& gradient = update_;  // until it has been taken in
  gradient.copy_(gradient_sum).mul_(scale);
  moments_.take_in(gradient, options_, steps_);
  update_.copy_(moments_.mean()).div_(moments_.correction()).div_(moments_.denominator());
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

}  // namespace lockstep
