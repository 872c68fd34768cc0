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
  Lars(const OptimizerOptions& options, const FlatTensors& parameters);

  void step(const FlatTensors& parameters, const at::Tensor& gradient_sum, const at::Tensor& scale,
            double rate) override;
  std::vector<std::pair<std::string, at::Tensor>> state() override { return momentum_.state(); }

 private:
  OptimizerOptions options_;
  Momentum momentum_;
  at::Tensor gradient_;  ///< scratch
};

}  // namespace lockstep
