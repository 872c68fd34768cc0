#include "models/network/batch_norm.h"

#include <ATen/TensorOperators.h>

namespace lockstep {

BatchNormImpl::BatchNormImpl(int channels, const NormOptions& norm)
    : torch::nn::BatchNorm2dImpl(torch::nn::BatchNorm2dOptions(channels)
                                     .eps(norm.eps)
                                     .momentum(norm.momentum)
                                     .track_running_stats(norm.kind == Norm::batch)) {}

at::Tensor BatchNormImpl::forward(const at::Tensor& x) {
  if (options.track_running_stats()) return BatchNorm2dImpl::forward(x);
  // In mixed precision, what comes out is of x's type, as of BatchNorm.
  const auto of_channels = [&](const at::Tensor& parameter) {
    return parameter.to(x.scalar_type()).view({-1, 1, 1});
  };
  return (x * of_channels(weight)).add_(of_channels(bias));
}

}  // namespace lockstep
