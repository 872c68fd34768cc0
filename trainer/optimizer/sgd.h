#pragma once

#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// Moves parameters against gradients, by way of their momentum where there is one.
class Momentum {
 public:
  /// Throws Error(usage) for Nesterov's form without momentum.
  Momentum(const OptimizerOptions& options, const at::Tensor& parameters);

  /// `gradient` [P] is scratch afterwards.
  void move(at::Tensor parameters, at::Tensor& gradient, double rate);
  /// Optimizer::state().
  std::vector<std::pair<std::string, at::Tensor>> state() const {
    return {{"momentum", momentum_}};
  }

 private:
  double factor_;
  bool nesterov_;
  at::Tensor momentum_;
};

/// Momentum as in Sutskever et al. 2013, in the form of torch.optim.SGD: without dampening, and
/// with the weight decay as an L2 term.
class Sgd final : public Optimizer {
 public:
  /// Throws as Momentum does.
  Sgd(const OptimizerOptions& options, const FlatTensors& parameters);

  void step(const FlatTensors& parameters, const at::Tensor& gradient_sum, const at::Tensor& scale,
            double rate) override;
  std::vector<std::pair<std::string, at::Tensor>> state() override { return momentum_.state(); }

 private:
  OptimizerOptions options_;
  Momentum momentum_;
  at::Tensor gradient_;  ///< scratch
};

}  // namespace lockstep
