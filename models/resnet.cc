#include "models/resnet.h"

#include <string>

#include <ATen/ops/max_pool2d.h>

namespace lockstep {
namespace {

torch::nn::Conv2d conv(int in, int out, int kernel, int stride) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

/// Two 3x3 convolutions around a shortcut, which is a 1x1 convolution where the shape changes.
class BasicBlock : public torch::nn::Module {
 public:
  BasicBlock(int in, int out, int stride)
      : conv1_(conv(in, out, 3, stride)), bn1_(out), conv2_(conv(out, out, 3, 1)), bn2_(out) {
    register_module("conv1", conv1_);
    register_module("bn1", bn1_);
    register_module("conv2", conv2_);
    register_module("bn2", bn2_);
    if (stride != 1 || in != out) {
      downsample_ = torch::nn::Sequential(conv(in, out, 1, stride), torch::nn::BatchNorm2d(out));
      register_module("downsample", downsample_);
    }
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = bn1_(conv1_(x)).relu_();
    y = bn2_(conv2_(y));
    return (y + (downsample_.is_empty() ? x : downsample_->forward(x))).relu_();
  }

 private:
  torch::nn::Conv2d conv1_;
  torch::nn::BatchNorm2d bn1_;
  torch::nn::Conv2d conv2_;
  torch::nn::BatchNorm2d bn2_;
  torch::nn::Sequential downsample_{nullptr};
};

torch::nn::Sequential stage(int in, int out, int blocks, int stride) {
  torch::nn::Sequential layer(std::make_shared<BasicBlock>(in, out, stride));
  for (int block = 1; block < blocks; ++block)
    layer->push_back(std::make_shared<BasicBlock>(out, out, 1));
  return layer;
}

}  // namespace

ResNet::ResNet(const ResNetSpec& spec, const ModelOptions& options, const ModelShape& shape)
    : stem_(options.stem),
      conv1_(options.stem == Stem::imagenet ? conv(shape.channels, 64, 7, 2)
                                            : conv(shape.channels, 64, 3, 1)),
      bn1_(64),
      layers_{stage(64, 64, spec.blocks[0], 1), stage(64, 128, spec.blocks[1], 2),
              stage(128, 256, spec.blocks[2], 2), stage(256, 512, spec.blocks[3], 2)},
      dropout_(options.dropout),
      fc_(512, shape.outputs) {
  register_module("conv1", conv1_);
  register_module("bn1", bn1_);
  for (std::size_t i = 0; i < layers_.size(); ++i)
    register_module("layer" + std::to_string(i + 1), layers_[i]);
  register_module("dropout", dropout_);
  register_module("fc", fc_);
}

at::Tensor ResNet::forward(at::Tensor x) {
  x = bn1_(conv1_(x)).relu_();
  if (stem_ == Stem::imagenet) x = at::max_pool2d(x, 3, 2, 1);
  for (torch::nn::Sequential& layer : layers_) x = layer->forward(x);
  // A mean and not AdaptiveAvgPool2d, whose backward has no deterministic CUDA kernel.
  return fc_(dropout_(x.mean({2, 3})));
}

}  // namespace lockstep
