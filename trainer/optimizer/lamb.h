#pragma once

#include "trainer/optimizer/moments.h"
#include "trainer/optimizer/optimizer.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// LAMB (You et al., "Large batch optimization for deep learning", 2020): Adam's update, with the
/// weight decay added, that each tensor of several dimensions scales by |w| / |update|. In the form
/// of timm's Lamb, without its clipping of the gradient.
class Lamb final : public Optimizer {
 public:
  Lamb(const OptimizerOptions& options, const FlatTensors& parameters, ParameterFactors factors);

  std::vector<std::pair<std::string, at::Tensor>> state() override { return moments_.state(); }

 private:
  void update(const FlatTensors& parameters, at::Tensor& gradient, double rate) override;

  Moments moments_;
};

}  // namespace lockstep
