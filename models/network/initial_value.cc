#include "models/network/initial_value.h"

#include <cmath>
#include <span>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/random.h"
#include "models/network/channel_norm.h"

namespace lockstep {
namespace {

at::Generator generator_for(std::uint64_t seed, const std::string& name) {
  const auto bytes = std::as_bytes(std::span(name.data(), name.size()));
  return at::make_generator<at::CPUGeneratorImpl>(
      random_bits(seed, RandomPurpose::initialization, xxh3_64(bytes), 0));
}

/// By the inverse of the normal distribution's integral, as torch.nn.init.trunc_normal_.
void fill_truncated(at::Tensor& tensor, double std, const at::Generator& generator) {
  constexpr double kEnd = 2;
  const double most = std::erf(kEnd / std / std::sqrt(2.0));
  tensor.uniform_(-most, most, generator).erfinv_().mul_(std * std::sqrt(2.0)).clamp_(-kEnd, kEnd);
}

}  // namespace

double fan_in(const at::Tensor& weight) {
  return static_cast<double>(weight.numel() / weight.size(0));
}

double fan_out(const at::Tensor& weight) {
  return static_cast<double>(weight.numel() / weight.size(1));
}

InitialValue he_normal(double fan) { return normal(std::sqrt(2 / fan)); }

InitialValue xavier_uniform(double in, double out) { return uniform(std::sqrt(6 / (in + out))); }

InitialValue default_initial_value(const std::string& name, const torch::nn::Module& layer,
                                   const at::Tensor& parameter) {
  const bool is_bias = name.ends_with("bias");
  if (layer.as<torch::nn::Conv2d>()) {
    return is_bias ? constant(0) : he_normal(fan_out(parameter));
  }
  if (const auto* linear = layer.as<torch::nn::Linear>()) {
    return uniform(1 / std::sqrt(fan_in(linear->weight)));
  }
  if (layer.as<torch::nn::BatchNorm2d>() || layer.as<ChannelNorm>()) {
    return constant(is_bias ? 0 : 1);
  }
  fail(ExitCode::internal, "no initial value is known for the parameter '{}' ({})", name,
       layer.name());
}

void fill(at::Tensor& tensor, const InitialValue& value, std::uint64_t seed,
          const std::string& name) {
  const at::NoGradGuard no_grad;
  switch (value.kind) {
    case InitialValue::Kind::constant:
      tensor.fill_(value.size);
      return;
    case InitialValue::Kind::normal:
      tensor.normal_(0, value.size, generator_for(seed, name));
      return;
    case InitialValue::Kind::truncated:
      fill_truncated(tensor, value.size, generator_for(seed, name));
      return;
    case InitialValue::Kind::uniform:
      tensor.uniform_(-value.size, value.size, generator_for(seed, name));
      return;
  }
}

}  // namespace lockstep
