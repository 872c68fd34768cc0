#include "models/initialization.h"

#include <cmath>
#include <string>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/random.h"

namespace lockstep {
namespace {

at::Generator generator_for(std::uint64_t seed, const std::string& name) {
  const auto bytes = std::as_bytes(std::span(name.data(), name.size()));
  return at::make_generator<at::CPUGeneratorImpl>(
      random_bits(seed, RandomPurpose::initialization, xxh3_64(bytes), 0));
}

}  // namespace

void initialize(torch::nn::Module& module, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  for (const auto& item : module.named_modules()) {
    const std::string& name = item.key();
    torch::nn::Module& layer = *item.value();
    if (auto* conv = layer.as<torch::nn::Conv2d>()) {
      const double fan_out =
          static_cast<double>(conv->weight.size(0) * conv->weight.size(2) * conv->weight.size(3));
      conv->weight.normal_(0, std::sqrt(2 / fan_out), generator_for(seed, name + ".weight"));
      if (conv->bias.defined()) conv->bias.zero_();
    } else if (auto* linear = layer.as<torch::nn::Linear>()) {
      const double bound = 1 / std::sqrt(static_cast<double>(linear->weight.size(1)));
      linear->weight.uniform_(-bound, bound, generator_for(seed, name + ".weight"));
      if (linear->bias.defined())
        linear->bias.uniform_(-bound, bound, generator_for(seed, name + ".bias"));
    } else if (auto* norm = layer.as<torch::nn::BatchNorm2d>()) {
      norm->reset_parameters();
    } else {
      check(layer.parameters(/*recurse=*/false).empty(), ExitCode::internal,
            "no initialization is known for the parameters of '{}' ({})", name, layer.name());
    }
  }
}

}  // namespace lockstep
