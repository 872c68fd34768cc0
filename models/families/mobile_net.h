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
  at::Tensor forward(at::Tensor images) override;
  std::vector<ModelStage> stages() const override;
  InitialValue initial_value(const std::string& name, const torch::nn::Module& layer,
                             const at::Tensor& parameter) const override;

 private:
  std::shared_ptr<Chain> features_ = std::make_shared<Chain>();
  std::shared_ptr<Chain> classifier_ = std::make_shared<Chain>();
  bool uniform_head_;  ///< EfficientNet's linear layers begin so, MobileNetV3's as normal(0.01)
};

/// The blocks of one of EfficientNet's seven stages.
int efficientnet_blocks(const EfficientNetSpec& spec, int stage);
/// Whether a block of MobileNetV3, counted from 0, has squeeze-and-excitation.
bool mobilenet_squeezes(const MobileNetV3Spec& spec, int block);

}  // namespace lockstep
