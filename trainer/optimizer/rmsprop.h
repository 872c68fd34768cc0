#pragma once

#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// RMSprop (Tieleman & Hinton 2012) with momentum and the weight decay as an L2 term.
class RmsProp final : public Optimizer {
 public:
  enum class Form {
    torch,       ///< torch.optim.RMSprop: epsilon beside the root, squares from 0
    tensorflow,  ///< timm's RMSpropTF, for EfficientNets and MobileNets: epsilon under the root,
                 ///< squares from 1, the rate inside the momentum
  };

  RmsProp(const OptimizerOptions& options, const FlatTensors& parameters, Form form);

  void step(const FlatTensors& parameters, const at::Tensor& gradient_sum, const at::Tensor& scale,
            double rate) override;
  std::vector<std::pair<std::string, at::Tensor>> state() override;

 private:
  OptimizerOptions options_;
  Form form_;
  at::Tensor square_, momentum_;
  at::Tensor gradient_, denominator_;  ///< scratch
};

}  // namespace lockstep
