#pragma once

#include <memory>

#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_catalog.h"
#include "models/network/chain.h"
#include "models/network/channel_norm.h"
#include "models/network/image_model.h"

namespace lockstep {

/// ConvNeXt (Liu et al., "A ConvNet for the 2020s", 2022) with torchvision's names. With `stem:
/// small`, the first convolution is 3x3 of stride 1 instead of 4x4 of stride 4.
class ConvNext : public ImageModel {
 public:
  ConvNext(const ConvNextSpec& spec, const ModelOptions& options, const ModelShape& shape);
  at::Tensor features(at::Tensor images) override;
  at::Tensor head(const at::Tensor& features) override;
  std::vector<ModelStage> stages() const override;
  InitialValue initial_value(const std::string& name, const torch::nn::Module& layer,
                             const at::Tensor& parameter) const override;

 private:
  std::shared_ptr<Chain> features_ = std::make_shared<Chain>();
  ChannelNorm norm_{nullptr};
  torch::nn::Dropout dropout_;
  torch::nn::Linear fc_{nullptr};
};

}  // namespace lockstep
