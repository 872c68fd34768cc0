#include "models/families/lenet.h"

#include <ATen/ops/max_pool2d.h>

#include "models/network/layer_tap.h"
#include "models/network/map_tap.h"

namespace lockstep {
namespace {

/// What is left of a side of the image after both convolutions and pools.
int last_side(int side) { return (side / 2 - 4) / 2; }

}  // namespace

LeNet::LeNet(const ModelOptions& options, const ModelShape& shape)
    : conv1_(register_module(
          "conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(shape.channels, 6, 5).padding(2)))),
      conv2_(register_module("conv2", torch::nn::Conv2d(torch::nn::Conv2dOptions(6, 16, 5)))),
      fc1_(register_module(
          "fc1", torch::nn::Linear(16 * last_side(shape.height) * last_side(shape.width), 120))),
      fc2_(register_module("fc2", torch::nn::Linear(120, 84))),
      dropout_(register_module("dropout", torch::nn::Dropout(options.dropout))),
      fc3_(register_module("fc3", torch::nn::Linear(84, shape.outputs))) {}

at::Tensor LeNet::features(at::Tensor x) {
  x = at::max_pool2d(through(conv1_, x).relu_(), 2);
  x = at::max_pool2d(through(conv2_, x).relu_(), 2);
  x = through(fc1_, last_map(x).flatten(1)).relu_();
  return through(fc2_, x).relu_();
}

at::Tensor LeNet::head(const at::Tensor& features) { return through(fc3_, dropout_(features)); }

std::vector<ModelStage> LeNet::stages() const {
  return {{"conv1", {"conv1."}},
          {"conv2", {"conv2."}},
          {"fc1", {"fc1."}},
          {"fc2", {"fc2."}},
          {"head", {"fc3."}}};
}

}  // namespace lockstep
