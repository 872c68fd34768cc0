#pragma once

#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"
#include "trainer/optimizer/sgd.h"

namespace lockstep {

/// LARS (You et al., "Large batch training of convolutional networks", 2017): SGD with momentum on
/// gradients (with the weight decay in them) that each tensor of several dimensions scales by
/// trust |w| / (|g| + weight_decay |w| + epsilon). In the form of timm's Lars.
class Lars final : public Optimizer {
 public:
  /// Throws as Momentum does.
  Lars(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors);

  std::vector<std::pair<std::string, at::Tensor>> state() override { return momentum_.state(); }

 private:
  void update(const FlatTensors& parameters, at::Tensor& gradient, double rate) override;

  Momentum momentum_;
};

}  // namespace lockstep
