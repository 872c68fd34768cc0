#pragma once

#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// What turns gradients into momentum, where there is one.
class Momentum {
 public:
  /// Throws Error(usage) for Nesterov's form without momentum.
  Momentum(const OptimizerOptions& options, const at::Tensor& parameters);

  /// Makes of `gradient` [P] the direction of the step.
  void take_in(at::Tensor& gradient, const OptimizerOptions& options);
  /// Optimizer::state().
  std::vector<std::pair<std::string, at::Tensor>> state() const {
    return {{"momentum", momentum_}};
  }

 private:
  at::Tensor momentum_;
};

/// Momentum as in Sutskever et al. 2013, in the form of torch.optim.SGD: without dampening, and
/// with the weight decay as an L2 term.
class Sgd final : public Optimizer {
 public:
  /// Throws as Momentum does.
  Sgd(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors);

  std::vector<std::pair<std::string, at::Tensor>> state() override { return momentum_.state(); }

 private:
  void update(const FlatTensors& parameters, at::Tensor& gradient, double rate) override;

  Momentum momentum_;
};

}  // namespace lockstep
