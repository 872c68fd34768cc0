#include "trainer/optimizer/sgd.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include "core/error.h"

namespace lockstep {

Sgd::Sgd(const OptimizerOptions& options, const FlatTensors& parameters)
    : options_(options),
      momentum_(at::zeros_like(parameters.values)),
      gradient_(at::zeros_like(parameters.values)) {
  check(!options.nesterov || options.momentum > 0, ExitCode::usage,
        "optimizer.nesterov needs optimizer.momentum above 0, which is {}", options.momentum);
}

void Sgd::step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
               const at::Tensor& scale, double rate) {
  const at::NoGradGuard no_grad;
  gradient_.copy_(gradient_sum).mul_(scale);
  if (options_.weight_decay != 0) gradient_.add_(parameters.values, options_.weight_decay);
  if (options_.momentum != 0) {
    momentum_.mul_(options_.momentum).add_(gradient_);
    if (options_.nesterov) {
      gradient_.add_(momentum_, options_.momentum);
    } else {
      gradient_.copy_(momentum_);
    }
  }
  parameters.values.add_(gradient_, -rate);
  ++steps_;
}

std::vector<std::pair<std::string, at::Tensor>> Sgd::state() { return {{"momentum", momentum_}}; }

}  // namespace lockstep
