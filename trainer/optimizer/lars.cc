#include "trainer/optimizer/lars.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include "trainer/optimizer/trust_ratio.h"

namespace lockstep {

Lars::Lars(const OptimizerOptions& options, const FlatTensors& parameters)
    : options_(options),
      momentum_(options, parameters.values),
      gradient_(at::zeros_like(parameters.values)) {}

void Lars::step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
                const at::Tensor& scale, double rate) {
  const at::NoGradGuard no_grad;
  gradient_.copy_(gradient_sum).mul_(scale);
  const double decay = options_.weight_decay;
  for (const FlatEntry& entry : parameters.layout.entries) {
    if (!has_trust_ratio(entry)) continue;
    const at::Tensor weight = view_of(parameters.values, entry);
    at::Tensor gradient = view_of(gradient_, entry);
    const at::Tensor weight_norm = weight.norm(), gradient_norm = gradient.norm();
    const at::Tensor ratio =
        weight_norm * options_.trust / (gradient_norm + weight_norm * decay + options_.epsilon);
    gradient.add_(weight, decay).mul_(trust_ratio(ratio, weight_norm, gradient_norm));
  }
  momentum_.move(parameters.values, gradient_, rate);
  ++steps_;
}

}  // namespace lockstep
