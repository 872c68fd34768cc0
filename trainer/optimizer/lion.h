#pragma once

#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// Lion, with its decoupled weight decay (Chen et al., "Symbolic discovery of optimization
/// algorithms", 2023).
class Lion final : public Optimizer {
 public:
  Lion(const OptimizerOptions& options, const FlatTensors& parameters);

  void step(const FlatTensors& parameters, const at::Tensor& gradient_sum, const at::Tensor& scale,
            double rate) override;
  std::vector<std::pair<std::string, at::Tensor>> state() override;

 private:
  OptimizerOptions options_;
  at::Tensor mean_;
  at::Tensor gradient_, direction_;  ///< scratch
};

}  // namespace lockstep
