#pragma once

#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// Lion, with its decoupled weight decay (Chen et al., "Symbolic discovery of optimization
/// algorithms", 2023).
class Lion final : public Optimizer {
 public:
  Lion(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors);

  std::vector<std::pair<std::string, at::Tensor>> state() override;

 private:
  void update(const FlatTensors& parameters, at::Tensor& gradient, double rate) override;

  at::Tensor mean_;
  at::Tensor direction_;  ///< scratch
};

}  // namespace lockstep
