#include "models/network/conv_norm.h"

#include <algorithm>

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/silu.h>

#include "models/network/layer_tap.h"

namespace lockstep {
namespace {

torch::nn::Conv2d pointwise(int in, int out) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 1));
}

/// What TensorFlow's "SAME" adds to a side of `size` pixels.
std::int64_t missing(std::int64_t size, int kernel, int stride) {
  const std::int64_t outputs = (size + stride - 1) / stride;
  return std::max<std::int64_t>(0, (outputs - 1) * stride + kernel - size);
}

}  // namespace

at::Tensor activate(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x.relu_();
    case Activation::relu6: {
      at::Tensor y = x;
      return at::hardtanh_(y, 0, 6);
    }
    case Activation::silu:
      return at::silu(x);
    case Activation::hardswish:
      return at::hardswish(x);
  }
  return x;
}

ConvNormImpl::ConvNormImpl(const ConvNormOptions& options)
    : options_(options),
      pads_itself_(options.padding == Padding::same && options.stride > 1),
      conv_(torch::nn::Conv2dOptions(options.in, options.out, options.kernel)
                .stride(options.stride)
                .padding(pads_itself_ ? 0 : options.kernel / 2)
                .groups(options.groups)
                .bias(false)),
      norm_(options.out, options.norm) {
  register_module("0", conv_);
  register_module("1", norm_);
}

at::Tensor ConvNormImpl::forward(const at::Tensor& x) {
  return activate(through(norm_, through(conv_, pads_itself_ ? padded(x) : x)),
                  options_.activation);
}

at::Tensor ConvNormImpl::padded(const at::Tensor& x) const {
  const std::int64_t height = missing(x.size(2), options_.kernel, options_.stride);
  const std::int64_t width = missing(x.size(3), options_.kernel, options_.stride);
  return at::constant_pad_nd(x, {width / 2, width - width / 2, height / 2, height - height / 2});
}

SqueezeExcitationImpl::SqueezeExcitationImpl(int channels, int squeezed, Activation activation,
                                             Gate gate)
    : fc1_(register_module("fc1", pointwise(channels, squeezed))),
      fc2_(register_module("fc2", pointwise(squeezed, channels))),
      activation_(activation),
      gate_(gate) {}

at::Tensor SqueezeExcitationImpl::forward(const at::Tensor& x) {
  const at::Tensor squeezed = through(fc1_, x.mean({2, 3}, /*keepdim=*/true));
  at::Tensor gate = through(fc2_, activate(squeezed, activation_));
  return x * (gate_ == Gate::sigmoid ? gate.sigmoid_() : at::hardsigmoid(gate));
}

}  // namespace lockstep
