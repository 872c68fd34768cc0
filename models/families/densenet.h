#pragma once

#include <memory>

#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_catalog.h"
#include "models/network/chain.h"
#include "models/network/image_model.h"

namespace lockstep {

/// DenseNet (Huang et al., "Densely connected convolutional networks", 2017) with torchvision's
/// names: each layer sees what all layers of its block before it gave.
class DenseNet : public ImageModel {
 public:
  DenseNet(const DenseNetSpec& spec, const ModelOptions& options, const ModelShape& shape);
  at::Tensor features(at::Tensor images) override;
  at::Tensor head(const at::Tensor& features) override;
  std::vector<ModelStage> stages() const override;
  InitialValue initial_value(const std::string& name, const torch::nn::Module& layer,
                             const at::Tensor& parameter) const override;

 private:
  std::size_t blocks_ = 0;
  std::shared_ptr<Chain> features_ = std::make_shared<Chain>();
  torch::nn::Dropout dropout_;
  torch::nn::Linear classifier_{nullptr};
};

}  // namespace lockstep
