#pragma once

#include <memory>
#include <vector>

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_catalog.h"
#include "models/network/channel_norm.h"
#include "models/network/image_model.h"

namespace lockstep {

/// The vision transformer (Dosovitskiy et al., "An image is worth 16x16 words", 2021) with
/// torchvision's names. For images of one size, whole patches.
class VisionTransformer : public ImageModel {
 public:
  VisionTransformer(const VisionTransformerSpec& spec, const ModelOptions& options,
                    const ModelShape& shape);
  at::Tensor features(at::Tensor images) override;
  at::Tensor head(const at::Tensor& features) override;
  std::vector<ModelStage> stages() const override;
  InitialValue initial_value(const std::string& name, const torch::nn::Module& layer,
                             const at::Tensor& parameter) const override;

 private:
  class Encoder;

  at::Tensor class_token_;  ///< [1, 1, width]
  torch::nn::Conv2d conv_proj_;
  std::shared_ptr<Encoder> encoder_;
  torch::nn::Dropout dropout_;
  torch::nn::Linear head_;
};

}  // namespace lockstep
