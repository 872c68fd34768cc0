#pragma once

#include <memory>

#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_catalog.h"
#include "models/network/chain.h"
#include "models/network/image_model.h"

namespace lockstep {

/// Networks of inverted residual blocks with depthwise convolutions, with torchvision's names:
/// EfficientNet (Tan and Le, 2019) and its lite variants, and MobileNetV3 (Howard et al., 2019).
/// With `stem: small`, the first convolution has stride 1.
class MobileNet : public ImageModel {
 public:
  MobileNet(const EfficientNetSpec& spec, const ModelOptions& options, const ModelShape& shape);
  MobileNet(const MobileNetV3Spec& spec, const ModelOptions& options, const ModelShape& shape);
  at::Tensor features(at::Tensor images) override;
  at::Tensor head(const at::Tensor& features) override;
  std::vector<ModelStage> stages() const override;
  InitialValue initial_value(const std::string& name, const torch::nn::Module& layer,
                             const at::Tensor& parameter) const override;

 private:
  /// torchvision's Sequential, with its numbers as names.
  void register_classifier();

  std::shared_ptr<Chain> features_ = std::make_shared<Chain>();
  torch::nn::Linear hidden_{nullptr};  ///< MobileNetV3's, between the features and the head
  torch::nn::Dropout dropout_;
  torch::nn::Linear fc_{nullptr};
  bool uniform_head_;  ///< EfficientNet's linear layers begin so, MobileNetV3's as normal(0.01)
};

/// The blocks of one of EfficientNet's seven stages.
int efficientnet_blocks(const EfficientNetSpec& spec, int stage);
/// Whether a block of MobileNetV3, counted from 0, has squeeze-and-excitation.
bool mobilenet_squeezes(const MobileNetV3Spec& spec, int block);

}  // namespace lockstep
