#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_options.h"
#include "models/network/image_model.h"

namespace lockstep {

/// LeNet-5 (LeCun et al., "Gradient-based learning applied to document recognition", 1998) as it is
/// built today: ReLU, max-pools, all maps connected. For images of one size; 28 x 28 are padded to
/// the paper's 32 x 32 by the first convolution.
class LeNet : public ImageModel {
 public:
  LeNet(const ModelOptions& options, const ModelShape& shape);
  at::Tensor features(at::Tensor images) override;
  at::Tensor head(const at::Tensor& features) override;
  std::vector<ModelStage> stages() const override;

 private:
  torch::nn::Conv2d conv1_;
  torch::nn::Conv2d conv2_;
  torch::nn::Linear fc1_;
  torch::nn::Linear fc2_;
  torch::nn::Dropout dropout_;
  torch::nn::Linear fc3_;
};

}  // namespace lockstep
