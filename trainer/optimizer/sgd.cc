#include "trainer/optimizer/sgd.h"

#include <utility>

#include <ATen/ops/zeros_like.h>

#include "core/error.h"

namespace lockstep {

Momentum::Momentum(const OptimizerOptions& options, const at::Tensor& parameters)
    : momentum_(at::zeros_like(parameters)) {
  check(!options.nesterov || options.momentum > 0, ExitCode::usage,
        "optimizer.nesterov needs optimizer.momentum above 0, which is {}", options.momentum);
}

void Momentum::take_in(at::Tensor& gradient, const OptimizerOptions& options) {
  if (options.momentum == 0) return;
  momentum_.mul_(options.momentum).add_(gradient);
  if (options.nesterov) {
    gradient.add_(momentum_, options.momentum);
  } else {
    gradient.copy_(momentum_);
  }
}

Sgd::Sgd(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors)
    : Optimizer(options, parameters, std::move(factors)), momentum_(options, parameters.values) {}

void Sgd::update(const FlatTensors& parameters, at::Tensor& gradient, double rate) {
  add_decay(parameters.values, gradient);
  momentum_.take_in(gradient, options());
  move(parameters.values, gradient, rate);
}

}  // namespace lockstep
