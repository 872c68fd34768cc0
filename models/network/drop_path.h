#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace lockstep {

/// Stochastic depth (Huang et al., 2016): in training, what a residual branch gives for an image is
/// left out with probability `rate`, and 1 / (1 - rate) of it otherwise.
class DropPathImpl : public torch::nn::Module {
 public:
  explicit DropPathImpl(double rate) : rate_(rate) {}
  /// x [B, ...] -> the same shape.
  at::Tensor forward(const at::Tensor& x) const;

 private:
  double rate_;
};
TORCH_MODULE(DropPath);

/// The rate of block `index` of `blocks`: it grows from 0 to almost `last`, as torchvision's
/// EfficientNet has it (index / blocks), or to `last` itself as its ConvNeXt (index / (blocks -
/// 1)).
double drop_path_below(double last, int index, int blocks);
double drop_path_up_to(double last, int index, int blocks);

}  // namespace lockstep
