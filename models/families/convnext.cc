#include "models/families/convnext.h"

#include <numeric>
#include <string>
#include <vector>

#include <ATen/ops/gelu.h>
#include <ATen/ops/ones.h>
#include <torch/nn/modules/conv.h>

#include "models/network/drop_path.h"
#include "models/network/layer_tap.h"
#include "models/network/layers.h"
#include "models/network/recomputed_block.h"

namespace lockstep {
namespace {

constexpr int kExpansion = 4;
constexpr double kFirstScale = 1e-6;

torch::nn::Conv2d with_bias(int in, int out, int kernel, int stride, int padding, int groups = 1) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding).groups(groups));
}

/// What torchvision keeps in one Sequential, with its numbers as names; 1, 4 and 6 have no
/// parameters.
class Branch : public torch::nn::Module {
 public:
  explicit Branch(int channels)
      : depthwise_(register_module("0", with_bias(channels, channels, 7, 1, 3, channels))),
        norm_(register_module("2", ChannelNorm(channels))),
        up_(register_module("3", torch::nn::Linear(channels, kExpansion * channels))),
        down_(register_module("5", torch::nn::Linear(kExpansion * channels, channels))) {}

  /// x [B, C, H, W]; the channels are the last in memory, so that the permutations cost nothing.
  at::Tensor forward(const at::Tensor& x) {
    const at::Tensor y = norm_->forward_last(through(depthwise_, x).permute({0, 2, 3, 1}));
    return through(down_, at::gelu(through(up_, y))).permute({0, 3, 1, 2});
  }

 private:
  torch::nn::Conv2d depthwise_;
  ChannelNorm norm_;
  torch::nn::Linear up_;
  torch::nn::Linear down_;
};

class Block : public RecomputedBlock {
 public:
  Block(int channels, double drop_path)
      : layer_scale_(register_parameter("layer_scale", at::ones({channels, 1, 1}))),
        block_(register_module("block", std::make_shared<Branch>(channels))),
        drop_path_(register_module("stochastic_depth", DropPath(drop_path))) {}

  at::Tensor forward(const at::Tensor& x) { return run({x}); }

  at::Tensor compute(at::TensorList inputs) override {
    return drop_path_(layer_scale_ * through(block_, inputs[0])).add_(inputs[0]);
  }

 private:
  at::Tensor layer_scale_;
  std::shared_ptr<Branch> block_;
  DropPath drop_path_;
};

}  // namespace

ConvNext::ConvNext(const ConvNextSpec& spec, const ModelOptions& options, const ModelShape& shape) {
  int channels = spec.first_channels;
  const int all = std::reduce(spec.blocks.begin(), spec.blocks.end());
  const auto pair = [](const auto& first, const auto& second) {
    auto chain = std::make_shared<Chain>();
    chain->push_back(first);
    chain->push_back(second);
    return chain;
  };
  features_->push_back(pair(options.stem == Stem::small
                                ? with_bias(shape.channels, channels, 3, 1, 1)
                                : with_bias(shape.channels, channels, 4, 4, 0),
                            ChannelNorm(channels)));
  int number = 0;
  for (std::size_t stage = 0; stage < spec.blocks.size(); ++stage) {
    if (stage > 0) {
      features_->push_back(pair(ChannelNorm(channels), with_bias(channels, 2 * channels, 2, 2, 0)));
      channels *= 2;
    }
    auto blocks = std::make_shared<Chain>();
    for (int i = 0; i < spec.blocks[stage]; ++i) {
      blocks->push_back(
          std::make_shared<Block>(channels, drop_path_up_to(options.drop_path, number++, all)));
    }
    features_->push_back(blocks);
  }
  norm_ = ChannelNorm(channels);
  dropout_ = torch::nn::Dropout(options.dropout);
  fc_ = torch::nn::Linear(channels, shape.outputs);
  register_module("features", features_);
  // torchvision's Sequential, with its numbers as names.
  auto classifier = register_module("classifier", std::make_shared<torch::nn::Module>());
  classifier->register_module("0", norm_);
  classifier->register_module("2", fc_);
  register_module("dropout", dropout_);
}

at::Tensor ConvNext::features(at::Tensor x) {
  return norm_->forward_last(image_mean(through(features_, x)));
}

at::Tensor ConvNext::head(const at::Tensor& features) { return through(fc_, dropout_(features)); }

std::vector<ModelStage> ConvNext::stages() const {
  std::vector<ModelStage> stages{{"stem", {"features.0."}}};
  for (std::size_t i = 1; i < features_->size(); i += 2) {
    stages.push_back({"stage" + std::to_string(i / 2 + 1), {}});
    // What halves the image belongs to the stage behind it.
    if (i > 1) stages.back().prefixes.push_back("features." + std::to_string(i - 1) + ".");
    stages.back().prefixes.push_back("features." + std::to_string(i) + ".");
  }
  stages.push_back({"norm", {"classifier.0."}});
  stages.push_back({"head", {"classifier.2."}});
  return stages;
}

InitialValue ConvNext::initial_value(const std::string& name, const torch::nn::Module& layer,
                                     const at::Tensor& parameter) const {
  if (name.ends_with("layer_scale")) return constant(kFirstScale);
  if (layer.as<ChannelNorm>()) return default_initial_value(name, layer, parameter);
  return name.ends_with("bias") ? constant(0) : truncated_normal(0.02);
}

}  // namespace lockstep
