#include "trainer/optimizer/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/zeros_like.h>

namespace lockstep {

Optimizer::Optimizer(const OptimizerOptions& options, const FlatTensors& parameters,
                     ParameterFactors factors)
    : options_(options),
      factors_(std::move(factors)),
      decay_and_rate_(factors_.decay.defined() && factors_.rate.defined()
                          ? factors_.decay.mul(factors_.rate)
                          : (factors_.decay.defined() ? factors_.decay : factors_.rate)),
      gradient_(at::zeros_like(parameters.values)) {}

/// torch.nn.utils.clip_grad_norm_: of all parameters together.
at::Tensor Optimizer::clipped_scale(const at::Tensor& gradient_sum, const at::Tensor& scale) const {
  if (options_.clip_norm == 0) return scale;
  const at::Tensor norm =
      at::linalg_vector_norm(gradient_sum, 2, at::OptionalIntArrayRef(), false, at::kDouble)
          .mul(scale);
  return scale.mul(norm.add(1e-6).reciprocal().mul(options_.clip_norm).clamp_max(1));
}

void Optimizer::step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
                     const at::Tensor& scale, const StepSize& size) {
  const at::NoGradGuard no_grad;
  if (size.momentum && options_.momentum > 0) options_.momentum = options_.beta1 = *size.momentum;
  gradient_.copy_(gradient_sum).mul_(clipped_scale(gradient_sum, scale));
  if (options_.clip_value > 0) gradient_.clamp_(-options_.clip_value, options_.clip_value);
  ++steps_;
  update(parameters, gradient_, size.rate);
}

void Optimizer::add_decay(const at::Tensor& parameters, at::Tensor& gradient) const {
  if (options_.weight_decay == 0) return;
  if (factors_.decay.defined()) {
    gradient.addcmul_(parameters, factors_.decay, options_.weight_decay);
  } else {
    gradient.add_(parameters, options_.weight_decay);
  }
}

void Optimizer::shrink(at::Tensor parameters, double rate) const {
  if (options_.weight_decay == 0) return;
  if (decay_and_rate_.defined()) {
    parameters.addcmul_(parameters, decay_and_rate_, -rate * options_.weight_decay);
  } else {
    parameters.mul_(1 - rate * options_.weight_decay);
  }
}

void Optimizer::move(at::Tensor parameters, const at::Tensor& update, double rate) const {
  if (factors_.rate.defined()) {
    parameters.addcmul_(update, factors_.rate, -rate);
  } else {
    parameters.add_(update, -rate);
  }
}

}  // namespace lockstep
