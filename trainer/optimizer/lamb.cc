#include "trainer/optimizer/lamb.h"

#include <utility>

#include <ATen/TensorOperators.h>

#include "trainer/optimizer/trust_ratio.h"

namespace lockstep {

Lamb::Lamb(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors)
    : Optimizer(options, parameters, std::move(factors)), moments_(parameters.values) {}

void Lamb::update(const FlatTensors& parameters, at::Tensor& gradient, double rate) {
  moments_.take_in(gradient, options(), steps());
  gradient.copy_(moments_.mean()).div_(moments_.correction()).div_(moments_.denominator());
  for (const FlatEntry& entry : parameters.layout.entries) {
    if (!has_trust_ratio(entry)) continue;
    const at::Tensor weight = view_of(parameters.values, entry);
    at::Tensor update = view_of(gradient, entry);
    update.add_(weight, options().weight_decay);
    const at::Tensor weight_norm = weight.norm(), update_norm = update.norm();
    update.mul_(trust_ratio(weight_norm / update_norm, weight_norm, update_norm));
  }
  move(parameters.values, gradient, rate);
}

}  // namespace lockstep
