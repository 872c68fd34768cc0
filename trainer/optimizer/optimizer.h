#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "trainer/lane/flat_layout.h"
#include "trainer/optimizer/optimizer_options.h"

namespace lockstep {

/// One flat tensor [P] and which tensors lie in it.
struct FlatTensors {
  at::Tensor values;
  const FlatLayout& layout;
};

/// What is particular to some parameters: factors [P] float32, undefined where they are all 1. What
/// PyTorch has parameter groups for.
struct ParameterFactors {
  at::Tensor decay = {};  ///< of the weight decay
  at::Tensor rate = {};   ///< of the learning rate
};

/// How far one step goes.
struct StepSize {
  double rate = 0;
  std::optional<double> momentum = {};  ///< in the place of the options' momentum, or beta1
};

/// Updates parameters that live in one flat tensor. The result is a function of the arguments and
/// the state alone, with the same bits on every rank. The arithmetic is PyTorch's torch.optim of
/// the same name.
///
///     const std::unique_ptr<Optimizer> optimizer = make_optimizer(options, parameters);
///     optimizer->step(parameters, gradient_sum, 1 / weight, {.rate = rate});
class Optimizer {
 public:
  Optimizer(const OptimizerOptions& options, const FlatTensors& parameters,
            ParameterFactors factors);
  virtual ~Optimizer() = default;

  /// parameters -= the update for gradient = gradient_sum [P] x scale, clipped as the options say.
  /// `scale`, a scalar float64 on the parameters' device, is 1 / the sum of weights. `gradient_sum`
  /// is only read. Nothing waits for the device.
  void step(const FlatTensors& parameters, const at::Tensor& gradient_sum, const at::Tensor& scale,
            const StepSize& size);

  /// What a checkpoint must hold besides the parameters: names ("momentum") and flat tensors [P],
  /// to read or to fill.
  virtual std::vector<std::pair<std::string, at::Tensor>> state() = 0;
  /// Steps done so far (Adam's bias correction needs it).
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 protected:
  /// Of step(), with the mean `gradient` [P], which is scratch afterwards; steps() counts this one.
  virtual void update(const FlatTensors& parameters, at::Tensor& gradient, double rate) = 0;

  const OptimizerOptions& options() const { return options_; }  ///< those of this step

  // With the factors of each parameter:

  /// The weight decay as an L2 term.
  void add_decay(const at::Tensor& parameters, at::Tensor& gradient) const;
  /// The weight decay by itself.
  void shrink(at::Tensor parameters, double rate) const;
  /// parameters -= rate x update.
  void move(at::Tensor parameters, const at::Tensor& update, double rate) const;
  const ParameterFactors& factors() const { return factors_; }

 private:
  at::Tensor clipped_scale(const at::Tensor& gradient_sum, const at::Tensor& scale) const;

  OptimizerOptions options_;
  ParameterFactors factors_;
  at::Tensor decay_and_rate_;  ///< the product of both factors; undefined: 1
  at::Tensor gradient_;        ///< scratch
  std::int64_t steps_ = 0;
};

}  // namespace lockstep
