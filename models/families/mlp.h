#pragma once

#include <vector>

#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "models/catalog/model_catalog.h"
#include "models/network/image_model.h"

namespace lockstep {

/// Linear layers on the pixels of an image, with ReLU between them; `linear` has one alone. For
/// images of one size.
class Mlp : public ImageModel {
 public:
  Mlp(const MlpSpec& spec, const ModelOptions& options, const ModelShape& shape);
  at::Tensor features(at::Tensor images) override;
  at::Tensor head(const at::Tensor& features) override;
  std::vector<ModelStage> stages() const override;

 private:
  std::vector<torch::nn::Linear> hidden_;
  torch::nn::Dropout dropout_;
  torch::nn::Linear fc_{nullptr};
};

}  // namespace lockstep
