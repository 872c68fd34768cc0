#pragma once

#include <torch/nn/modules/conv.h>

#include "models/catalog/model_catalog.h"
#include "models/network/batch_norm.h"

namespace lockstep {

enum class Activation { none, relu, relu6, silu, hardswish };

/// x -> the same shape; in place where autograd does not need x.
at::Tensor activate(const at::Tensor& x, Activation activation);

struct ConvNormOptions {
  int in = 0;
  int out = 0;
  int kernel = 1;  ///< odd
  int stride = 1;
  int groups = 1;
  Activation activation = Activation::none;
  Padding padding = Padding::symmetric;
  NormOptions norm = {};
};

/// Convolution "0" without bias, BatchNorm "1" and activation: torchvision's Conv2dNormActivation.
class ConvNormImpl : public torch::nn::Module {
 public:
  explicit ConvNormImpl(const ConvNormOptions& options);
  /// x [B, in, H, W] -> [B, out, H / stride, W / stride], rounded up.
  at::Tensor forward(const at::Tensor& x);

 private:
  at::Tensor padded(const at::Tensor& x) const;

  ConvNormOptions options_;
  bool pads_itself_;  ///< the convolution has no padding of its own
  torch::nn::Conv2d conv_;
  BatchNorm norm_;
};
TORCH_MODULE(ConvNorm);

/// Squeeze-and-excitation (Hu et al., 2018): each channel of an image times a number from 0 to 1
/// that depends on the means of all.
class SqueezeExcitationImpl : public torch::nn::Module {
 public:
  enum class Gate { sigmoid, hard_sigmoid };
  SqueezeExcitationImpl(int channels, int squeezed, Activation activation, Gate gate);
  /// x [B, channels, H, W] -> the same shape.
  at::Tensor forward(const at::Tensor& x);

 private:
  torch::nn::Conv2d fc1_;
  torch::nn::Conv2d fc2_;
  Activation activation_;
  Gate gate_;
};
TORCH_MODULE(SqueezeExcitation);

}  // namespace lockstep
