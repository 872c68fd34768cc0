#pragma once

#include <memory>
#include <string>
#include <vector>

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_catalog.h"
#include "models/network/batch_norm.h"
#include "models/network/chain.h"
#include "models/network/image_model.h"

namespace lockstep {

/// A residual network (He et al., "Deep residual learning", 2015; with groups Xie et al., 2017;
/// wide ones Zagoruyko and Komodakis, 2016), with torchvision's names. With `stem: small`, conv1 is
/// 3x3 of stride 1 and there is no pool before the first stage.
class ResNet : public ImageModel {
 public:
  ResNet(const ResNetSpec& spec, const ModelOptions& options, const ModelShape& shape);
  at::Tensor features(at::Tensor images) override;
  at::Tensor head(const at::Tensor& features) override;
  std::vector<ModelStage> stages() const override;
  InitialValue initial_value(const std::string& name, const torch::nn::Module& layer,
                             const at::Tensor& parameter) const override;

 private:
  Stem stem_;
  std::string zeroed_;  ///< the end of the names of weights that begin as 0; empty: none
  torch::nn::Conv2d conv1_{nullptr};
  BatchNorm bn1_{nullptr};
  std::vector<std::shared_ptr<Chain>> layers_;
  torch::nn::Dropout dropout_{nullptr};
  torch::nn::Linear fc_{nullptr};
};

}  // namespace lockstep
