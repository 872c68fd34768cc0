#pragma once

#include <vector>

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_options.h"
#include "models/network/batch_norm.h"
#include "models/network/image_model.h"

namespace lockstep {

/// 3x3 convolutions (of 32, 64 and 128 channels, or `model.widths`), each with BatchNorm and ReLU,
/// a 2x2 max-pool after each but the last, the mean over the image, dropout, one linear layer. For
/// small images; about 94,000 parameters.
class SimpleCnn : public ImageModel {
 public:
  SimpleCnn(const ModelOptions& options, const ModelShape& shape);
  at::Tensor features(at::Tensor images) override;
  at::Tensor head(const at::Tensor& features) override;
  std::vector<ModelStage> stages() const override;

 private:
  std::vector<torch::nn::Conv2d> convs_;
  std::vector<BatchNorm> norms_;
  torch::nn::Dropout dropout_;
  torch::nn::Linear fc_{nullptr};
};

}  // namespace lockstep
