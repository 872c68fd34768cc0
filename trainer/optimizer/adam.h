#pragma once

#include "trainer/optimizer/moments.h"
#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// Adam (Kingma & Ba 2015), and AdamW with its decoupled weight decay (Loshchilov & Hutter 2019).
class Adam final : public Optimizer {
 public:
  enum class Decay {
    in_gradient,  ///< an L2 term: torch.optim.Adam
    decoupled,    ///< of the parameters themselves: torch.optim.AdamW
  };

  Adam(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors,
       Decay decay);

  std::vector<std::pair<std::string, at::Tensor>> state() override { return moments_.state(); }

 private:
  void update(const FlatTensors& parameters, at::Tensor& gradient, double rate) override;

  Decay decay_;
  Moments moments_;
};

}  // namespace lockstep
