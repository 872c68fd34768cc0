#pragma once

#include <torch/nn/module.h>

namespace lockstep {

/// What a model is built for.
struct ModelShape {
  int channels = 1;  ///< of the input images
  int outputs = 10;  ///< length of the output: classes, labels or numbers
};

/// A network that maps images to a vector. Parameters and buffers carry torchvision's names where
/// torchvision has the network, so that checkpoints open there.
///
///     const std::shared_ptr<ImageModel> model = make_model({.name = "resnet18"}, {3, 10}, seed);
///     const at::Tensor outputs = model->forward(images);
class ImageModel : public torch::nn::Module {
 public:
  /// images [batch, channels, height, width] float32, channels-last in memory -> [batch, outputs].
  virtual at::Tensor forward(at::Tensor images) = 0;
};

}  // namespace lockstep
