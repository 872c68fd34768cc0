#include "trainer/optimizer/lars.h"

#include <utility>

#include <ATen/TensorOperators.h>

#include "trainer/optimizer/trust_ratio.h"

namespace lockstep {

Lars::Lars(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors)
    : Optimizer(options, parameters, std::move(factors)), momentum_(options, parameters.values) {}

void Lars::update(const FlatTensors& parameters, at::Tensor& gradient, double rate) {
  const double decay = options().weight_decay;
  for (const FlatEntry& entry : parameters.layout.entries) {
    if (!has_trust_ratio(entry)) continue;
    const at::Tensor weight = view_of(parameters.values, entry);
    at::Tensor own = view_of(gradient, entry);
    const at::Tensor weight_norm = weight.norm(), gradient_norm = own.norm();
    const at::Tensor ratio =
        weight_norm * options().trust / (gradient_norm + weight_norm * decay + options().epsilon);
    own.add_(weight, decay).mul_(trust_ratio(ratio, weight_norm, gradient_norm));
  }
  momentum_.take_in(gradient, options());
  move(parameters.values, gradient, rate);
}

}  // namespace lockstep
