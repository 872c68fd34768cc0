#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace lockstep {

/// LayerNorm over the channels of each pixel (torchvision's LayerNorm2d), eps 1e-6. Channels-last
/// images are normalised where they lie.
class ChannelNormImpl : public torch::nn::Module {
 public:
  explicit ChannelNormImpl(int channels);
  /// x [B, C, H, W] -> the same shape.
  at::Tensor forward(const at::Tensor& x) const;
  /// x [..., C] -> the same shape.
  at::Tensor forward_last(const at::Tensor& x) const;

 private:
  at::Tensor normalised(const at::Tensor& x) const;

  at::Tensor weight_;
  at::Tensor bias_;
};
TORCH_MODULE(ChannelNorm);

}  // namespace lockstep
