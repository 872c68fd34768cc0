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

  RmsProp(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors,
          Form form);

  std::vector<std::pair<std::string, at::Tensor>> state() override;

 private:
  void update(const FlatTensors& parameters, at::Tensor& gradient, double rate) override;

  Form form_;
  at::Tensor square_, momentum_;
  at::Tensor denominator_;  ///< scratch
};

}  // namespace lockstep
