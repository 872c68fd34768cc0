#pragma once

#include <array>

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_catalog.h"
#include "models/image_model.h"

namespace lockstep {

/// A residual network of basic blocks (He et al., "Deep residual learning", 2015), with
/// torchvision's names. With `stem: small`, conv1 is 3x3 of stride 1 and there is no pool before
/// the first stage.
class ResNet : public ImageModel {
 public:
  ResNet(const ResNetSpec& spec, const ModelOptions& options, const ModelShape& shape);
  at::Tensor forward(at::Tensor images) override;

 private:
  Stem stem_;
  torch::nn::Conv2d conv1_;
  torch::nn::BatchNorm2d bn1_;
  std::array<torch::nn::Sequential, 4> layers_;
  torch::nn::Dropout dropout_;
  torch::nn::Linear fc_;
};

}  // namespace lockstep
