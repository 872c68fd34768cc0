#pragma once

#include <torch/nn/modules/batchnorm.h>

#include "models/catalog/model_options.h"

namespace lockstep {

struct NormOptions {
  Norm kind = Norm::batch;
  double eps = 1e-5;
  double momentum = 0.1;
};

/// BatchNorm2d. With Norm::none what is left without it: a scale and a shift of each channel under
/// the same names, and no running statistics.
class BatchNormImpl : public torch::nn::BatchNorm2dImpl {
 public:
  BatchNormImpl(int channels, const NormOptions& norm);
  /// x [B, channels, H, W] -> the same shape.
  at::Tensor forward(const at::Tensor& x);
};
TORCH_MODULE(BatchNorm);

}  // namespace lockstep
