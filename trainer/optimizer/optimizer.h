#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// Updates one flat tensor of parameters. Every element is treated alike and on its own, so the
/// result does not depend on how a tensor is cut. The arithmetic is PyTorch's torch.optim of the
/// same name.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// parameters [P] -= the update for gradient = gradient_sum [P] x scale, at this rate. `scale` is
  /// 1 / the sum of weights, and the clip factor with it. `gradient_sum` is only read.
  virtual void step(at::Tensor& parameters, const at::Tensor& gradient_sum, double scale,
                    double rate) = 0;

  /// What a checkpoint must hold beside the parameters: names ("momentum") and flat tensors [P], to
  /// read or to fill.
  virtual std::vector<std::pair<std::string, at::Tensor>> state() = 0;
  /// Steps done so far (Adam's bias correction needs it).
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 protected:
  std::int64_t steps_ = 0;
};

/// An optimizer for parameters like `parameters` [P], its state zero. Throws Error(usage) for
/// impossible options.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          const at::Tensor& parameters);

}  // namespace lockstep
