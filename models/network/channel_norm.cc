#include "models/network/channel_norm.h"

#include <ATen/ops/layer_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "models/network/layer_tap.h"

namespace lockstep {
namespace {

constexpr double kEps = 1e-6;

}  // namespace

ChannelNormImpl::ChannelNormImpl(int channels)
    : weight_(register_parameter("weight", at::ones({channels}))),
      bias_(register_parameter("bias", at::zeros({channels}))) {}

at::Tensor ChannelNormImpl::forward(const at::Tensor& x) const {
  return normalised(x.permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
}

at::Tensor ChannelNormImpl::forward_last(const at::Tensor& x) const {
  return shown(*this, normalised(x));
}

at::Tensor ChannelNormImpl::normalised(const at::Tensor& x) const {
  return at::layer_norm(x, weight_.sizes(), weight_, bias_, kEps);
}

}  // namespace lockstep
