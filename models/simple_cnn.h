#pragma once

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_options.h"
#include "models/image_model.h"

namespace lockstep {

/// Three 3x3 convolutions (32, 64, 128 channels), each with BatchNorm and ReLU, a 2x2 max-pool
/// after the first two, the mean over the image, dropout, one linear layer. For small images; about
/// 94,000 parameters.
class SimpleCnn : public ImageModel {
 public:
  SimpleCnn(const ModelOptions& options, const ModelShape& shape);
  at::Tensor forward(at::Tensor images) override;

 private:
  torch::nn::Conv2d conv1_, conv2_, conv3_;
  torch::nn::BatchNorm2d bn1_, bn2_, bn3_;
  torch::nn::Dropout dropout_;
  torch::nn::Linear fc_;
};

}  // namespace lockstep
