#pragma once

#include <ATen/core/TensorBody.h>
#include <torch/nn/module.h>

namespace lockstep {

/// A block of a network that may forget what it has computed: only its inputs are kept for the
/// backward pass, which computes the rest again. Takes less memory and more time; outputs,
/// gradients and buffers have the same bits, also with dropout, and in mixed precision.
///
///     struct MyBlock : RecomputedBlock {
///       at::Tensor forward(const at::Tensor& x) { return run({x}); }
///       at::Tensor compute(at::TensorList inputs) override { return conv_(inputs[0]).relu_(); }
class RecomputedBlock : public torch::nn::Module {
 public:
  /// The block's output; it changes none of `inputs`.
  virtual at::Tensor compute(at::TensorList inputs) = 0;

  /// From here on it forgets.
  void forget() { forgets_ = true; }

 protected:
  /// compute(), with what is kept as forget() has it.
  at::Tensor run(at::TensorList inputs);

 private:
  bool forgets_ = false;
};

}  // namespace lockstep
