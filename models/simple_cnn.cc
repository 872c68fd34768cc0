#include "models/simple_cnn.h"

#include <ATen/ops/max_pool2d.h>

namespace lockstep {
namespace {

torch::nn::Conv2d conv3x3(int in, int out) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1).bias(false));
}

}  // namespace

SimpleCnn::SimpleCnn(const ModelOptions& options, const ModelShape& shape)
    : conv1_(conv3x3(shape.channels, 32)),
      conv2_(conv3x3(32, 64)),
      conv3_(conv3x3(64, 128)),
      bn1_(32),
      bn2_(64),
      bn3_(128),
      dropout_(options.dropout),
      fc_(128, shape.outputs) {
  register_module("conv1", conv1_);
  register_module("bn1", bn1_);
  register_module("conv2", conv2_);
  register_module("bn2", bn2_);
  register_module("conv3", conv3_);
  register_module("bn3", bn3_);
  register_module("dropout", dropout_);
  register_module("fc", fc_);
}

at::Tensor SimpleCnn::forward(at::Tensor x) {
  x = at::max_pool2d(bn1_(conv1_(x)).relu_(), 2);
  x = at::max_pool2d(bn2_(conv2_(x)).relu_(), 2);
  x = bn3_(conv3_(x)).relu_();
  // A mean and not AdaptiveAvgPool2d, whose backward has no deterministic CUDA kernel.
  x = x.mean({2, 3});
  return fc_(dropout_(x));
}

}  // namespace lockstep
