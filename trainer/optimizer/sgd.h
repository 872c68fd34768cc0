#pragma once

#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// Momentum as in Sutskever et al. 2013, in the form of torch.optim.SGD: without dampening, and
/// with the weight decay as an L2 term.
class Sgd final : public Optimizer {
 public:
  /// Throws Error(usage) for Nesterov's form without momentum.
  Sgd(const OptimizerOptions& options, const FlatTensors& parameters);

  void step(const FlatTensors& parameters, const at::Tensor& gradient_sum, const at::Tensor& scale,
            double rate) override;
  std::vector<std::pair<std::string, at::Tensor>> state() override;

 private:
  OptimizerOptions options_;
  at::Tensor momentum_;
  at::Tensor gradient_;  ///< scratch
};

}  // namespace lockstep
