#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "trainer/lane/flat_layout.h"

namespace lockstep {

/// One flat tensor [P] and which tensors lie in it.
struct FlatTensors {
  at::Tensor values;
  const FlatLayout& layout;
};

/// Updates parameters that live in one flat tensor. The result is a function of the arguments and
/// the state alone, with the same bits on every rank. The arithmetic is PyTorch's torch.optim of
/// the same name.
///
///     const std::unique_ptr<Optimizer> optimizer = make_optimizer(options, parameters);
///     optimizer->step(parameters, gradient_sum, 1 / weight, rate);
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// parameters -= the update for gradient = gradient_sum [P] x scale, at this rate. `scale`, a
  /// scalar float64 on the parameters' device, is 1 / the sum of weights. `gradient_sum` is only
  /// read. Nothing waits for the device.
  virtual void step(const FlatTensors& parameters, const at::Tensor& gradient_sum,
                    const at::Tensor& scale, double rate) = 0;

  /// What a checkpoint must hold besides the parameters: names ("momentum") and flat tensors [P],
  /// to read or to fill.
  virtual std::vector<std::pair<std::string, at::Tensor>> state() = 0;
  /// Steps done so far (Adam's bias correction needs it).
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 protected:
  std::int64_t steps_ = 0;
};

}  // namespace lockstep
