#include "trainer/optimizer/adam.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

namespace lockstep {

Adam::Adam(const OptimizerOptions& options, const FlatTensors& parameters, Decay decay)
    : options_(options),
      decay_(decay),
      moments_(parameters.values),
      gradient_(at::zeros_like(parameters.values)) {}

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
  moments_.take_in(gradient_, options_, steps_);
  parameters.values.addcdiv_(moments_.mean(), moments_.denominator(),
                             -rate / moments_.correction());
}

}  // namespace lockstep
