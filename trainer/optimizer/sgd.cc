#include "trainer/optimizer/sgd.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include "core/error.h"

namespace lockstep {

Momentum::Momentum(const OptimizerOptions& options, const at::Tensor& parameters)
    : factor_(options.momentum),
      nesterov_(options.nesterov),
      momentum_(at::zeros_like(parameters)) {
  check(!nesterov_ || factor_ > 0, ExitCode::usage,
        "optimizer.nesterov needs optimizer.momentum above 0, which is {}", factor_);
}

void Momentum::move(at::Tensor parameters, at::Tensor& gradient, double rate) {
  if (factor_ != 0) {
    momentum_.mul_(factor_).add_(gradient);
    if (nesterov_) {
      gradient.add_(momentum_, factor_);
    } else {
      gradient.copy_(momentum_);
    }
  }
  parameters.add_(gradient, -rate);
}

Sgd::Sgd(const OptimizerOptions& options, const FlatTensors& parameters)
    : options_(options),
      momentum_(options, parameters.values),
      gradient_(at::zeros_like(parameters.values)) {}

void Sgd::step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
               const at::Tensor& scale, double rate) {
  const at::NoGradGuard no_grad;
  gradient_.copy_(gradient_sum).mul_(scale);
  if (options_.weight_decay != 0) gradient_.add_(parameters.values, options_.weight_decay);
  momentum_.move(parameters.values, gradient_, rate);
  ++steps_;
}

}  // namespace lockstep
