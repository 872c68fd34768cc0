#include "models/families/mobile_net.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <torch/nn/modules/conv.h>

#include "models/network/conv_norm.h"
#include "models/network/drop_path.h"
#include "models/network/layer_tap.h"
#include "models/network/layers.h"
#include "models/network/recomputed_block.h"

namespace lockstep {
namespace {

using Gate = SqueezeExcitationImpl::Gate;

struct BlockOptions {
  int in = 0;
  int expanded = 0;  ///< channels of the depthwise convolution
  int out = 0;
  int kernel = 3;
  int stride = 1;
  Activation activation = Activation::relu;
  int squeezed = 0;  ///< channels of the squeeze-and-excitation; 0: none
  Activation squeeze_activation = Activation::relu;
  Gate gate = Gate::sigmoid;
  Padding padding = Padding::symmetric;
  NormOptions norm = {};
  double drop_path = 0;
};

/// 1x1 up, depthwise, 1x1 down, around a shortcut where the shape stays.
class InvertedResidual : public RecomputedBlock {
 public:
  explicit InvertedResidual(const BlockOptions& options)
      : has_shortcut_(options.stride == 1 && options.in == options.out),
        block_(register_module("block", std::make_shared<Chain>())),
        drop_path_(register_module("stochastic_depth", DropPath(options.drop_path))) {
    ConvNormOptions layer{.padding = options.padding, .norm = options.norm};
    layer.activation = options.activation;
    if (options.expanded != options.in) {
      layer.in = options.in;
      layer.out = options.expanded;
      block_->push_back(ConvNorm(layer));
    }
    layer.in = layer.out = layer.groups = options.expanded;
    layer.kernel = options.kernel;
    layer.stride = options.stride;
    block_->push_back(ConvNorm(layer));
    if (options.squeezed > 0) {
      block_->push_back(SqueezeExcitation(options.expanded, options.squeezed,
                                          options.squeeze_activation, options.gate));
    }
    layer.out = options.out;
    layer.kernel = layer.stride = layer.groups = 1;
    layer.activation = Activation::none;
    block_->push_back(ConvNorm(layer));
  }

  at::Tensor forward(const at::Tensor& x) { return run({x}); }

  at::Tensor compute(at::TensorList inputs) override {
    const at::Tensor y = through(block_, inputs[0]);
    return has_shortcut_ ? drop_path_(y).add_(inputs[0]) : y;
  }

 private:
  bool has_shortcut_;
  std::shared_ptr<Chain> block_;
  DropPath drop_path_;
};

/// Blocks of one width: the first may have a stride.
struct Stage {
  int expansion;
  int kernel;
  int stride;
  int in;
  int out;
  int blocks;
};
constexpr Stage kEfficientNet[] = {
    {1, 3, 1, 32, 16, 1},  {6, 3, 2, 16, 24, 2},   {6, 5, 2, 24, 40, 2},  {6, 3, 2, 40, 80, 3},
    {6, 5, 1, 80, 112, 3}, {6, 5, 2, 112, 192, 4}, {6, 3, 1, 192, 320, 1}};
constexpr int kEfficientNetStages = std::size(kEfficientNet);
constexpr int kEfficientNetHead = 1280;

constexpr bool kSqueeze = true;
constexpr bool kPlain = false;
struct MobileBlock {
  int in;
  int kernel;
  int expanded;
  int out;
  bool squeeze;
  Activation activation;
  int stride;
};
constexpr Activation kRelu = Activation::relu;
constexpr Activation kHardswish = Activation::hardswish;
constexpr MobileBlock kMobileLarge[] = {
    {16, 3, 16, 16, kPlain, kRelu, 1},           {16, 3, 64, 24, kPlain, kRelu, 2},
    {24, 3, 72, 24, kPlain, kRelu, 1},           {24, 5, 72, 40, kSqueeze, kRelu, 2},
    {40, 5, 120, 40, kSqueeze, kRelu, 1},        {40, 5, 120, 40, kSqueeze, kRelu, 1},
    {40, 3, 240, 80, kPlain, kHardswish, 2},     {80, 3, 200, 80, kPlain, kHardswish, 1},
    {80, 3, 184, 80, kPlain, kHardswish, 1},     {80, 3, 184, 80, kPlain, kHardswish, 1},
    {80, 3, 480, 112, kSqueeze, kHardswish, 1},  {112, 3, 672, 112, kSqueeze, kHardswish, 1},
    {112, 5, 672, 160, kSqueeze, kHardswish, 2}, {160, 5, 960, 160, kSqueeze, kHardswish, 1},
    {160, 5, 960, 160, kSqueeze, kHardswish, 1}};
constexpr MobileBlock kMobileSmall[] = {
    {16, 3, 16, 16, kSqueeze, kRelu, 2},       {16, 3, 72, 24, kPlain, kRelu, 2},
    {24, 3, 88, 24, kPlain, kRelu, 1},         {24, 5, 96, 40, kSqueeze, kHardswish, 2},
    {40, 5, 240, 40, kSqueeze, kHardswish, 1}, {40, 5, 240, 40, kSqueeze, kHardswish, 1},
    {40, 5, 120, 48, kSqueeze, kHardswish, 1}, {48, 5, 144, 48, kSqueeze, kHardswish, 1},
    {48, 5, 288, 96, kSqueeze, kHardswish, 2}, {96, 5, 576, 96, kSqueeze, kHardswish, 1},
    {96, 5, 576, 96, kSqueeze, kHardswish, 1}};

std::span<const MobileBlock> blocks_of(const MobileNetV3Spec& spec) {
  if (spec.large) return kMobileLarge;
  return kMobileSmall;
}

ConvNorm first_layer(int out, const ModelOptions& options, const ModelShape& shape,
                     ConvNormOptions layer) {
  layer.in = shape.channels;
  layer.out = out;
  layer.kernel = 3;
  layer.stride = options.stem == Stem::small ? 1 : 2;
  return ConvNorm(layer);
}

}  // namespace

int efficientnet_blocks(const EfficientNetSpec& spec, int stage) {
  const int blocks = kEfficientNet[stage].blocks;
  const bool is_end = stage == 0 || stage + 1 == kEfficientNetStages;
  return spec.lite && is_end ? blocks : static_cast<int>(std::ceil(blocks * spec.depth));
}

bool mobilenet_squeezes(const MobileNetV3Spec& spec, int block) {
  return blocks_of(spec)[static_cast<std::size_t>(block)].squeeze;
}

MobileNet::MobileNet(const EfficientNetSpec& spec, const ModelOptions& options,
                     const ModelShape& shape)
    : dropout_(options.dropout), uniform_head_(true) {
  const auto channels = [&](int of) { return multiple_of_8(of * spec.width); };
  ConvNormOptions layer{.activation = spec.lite ? Activation::relu6 : Activation::silu,
                        .padding = spec.padding};
  layer.norm.kind = options.norm;
  if (spec.padding == Padding::same) layer.norm.eps = 1e-3;  // TensorFlow's, too
  int all = 0;
  for (int i = 0; i < kEfficientNetStages; ++i) all += efficientnet_blocks(spec, i);

  int in = spec.lite ? kEfficientNet[0].in : channels(kEfficientNet[0].in);
  features_->push_back(first_layer(in, options, shape, layer));
  int number = 0;
  for (int s = 0; s < kEfficientNetStages; ++s) {
    const Stage& stage = kEfficientNet[s];
    auto blocks = std::make_shared<Chain>();
    for (int i = 0; i < efficientnet_blocks(spec, s); ++i, ++number) {
      const BlockOptions block{.in = in,
                               .expanded = multiple_of_8(in * stage.expansion),
                               .out = channels(stage.out),
                               .kernel = stage.kernel,
                               .stride = i == 0 ? stage.stride : 1,
                               .activation = layer.activation,
                               .squeezed = spec.lite ? 0 : std::max(1, in / 4),
                               .squeeze_activation = Activation::silu,
                               .padding = spec.padding,
                               .norm = layer.norm,
                               .drop_path = drop_path_below(options.drop_path, number, all)};
      blocks->push_back(std::make_shared<InvertedResidual>(block));
      in = block.out;
    }
    features_->push_back(blocks);
  }
  layer.in = in;
  layer.out = spec.lite ? kEfficientNetHead : 4 * in;
  features_->push_back(ConvNorm(layer));
  fc_ = torch::nn::Linear(layer.out, shape.outputs);
  register_module("features", features_);
  register_classifier();
}

MobileNet::MobileNet(const MobileNetV3Spec& spec, const ModelOptions& options,
                     const ModelShape& shape)
    : dropout_(options.dropout), uniform_head_(false) {
  const std::span<const MobileBlock> table = blocks_of(spec);
  ConvNormOptions layer{.activation = Activation::hardswish,
                        .norm = {.kind = options.norm, .eps = 1e-3, .momentum = 0.01}};
  features_->push_back(first_layer(table.front().in, options, shape, layer));
  int number = 0;
  for (const MobileBlock& row : table) {
    features_->push_back(std::make_shared<InvertedResidual>(BlockOptions{
        .in = row.in,
        .expanded = row.expanded,
        .out = row.out,
        .kernel = row.kernel,
        .stride = row.stride,
        .activation = row.activation,
        .squeezed = row.squeeze ? multiple_of_8(row.expanded / 4.0) : 0,
        .squeeze_activation = Activation::relu,
        .gate = Gate::hard_sigmoid,
        .norm = layer.norm,
        .drop_path =
            drop_path_below(options.drop_path, number++, static_cast<int>(table.size()))}));
  }
  layer.in = table.back().out;
  layer.out = 6 * layer.in;
  features_->push_back(ConvNorm(layer));
  const int hidden = spec.large ? 1280 : 1024;
  hidden_ = torch::nn::Linear(layer.out, hidden);
  fc_ = torch::nn::Linear(hidden, shape.outputs);
  register_module("features", features_);
  register_classifier();
}

void MobileNet::register_classifier() {
  auto classifier = register_module("classifier", std::make_shared<torch::nn::Module>());
  if (hidden_.is_empty()) {
    classifier->register_module("0", dropout_);
    classifier->register_module("1", fc_);
    return;
  }
  classifier->register_module("0", hidden_);
  classifier->register_module("2", dropout_);
  classifier->register_module("3", fc_);
}

at::Tensor MobileNet::features(at::Tensor x) {
  x = image_mean(through(features_, x));
  return hidden_.is_empty() ? x : activate(through(hidden_, x), Activation::hardswish);
}

at::Tensor MobileNet::head(const at::Tensor& features) { return through(fc_, dropout_(features)); }

std::vector<ModelStage> MobileNet::stages() const {
  std::vector<ModelStage> stages;
  const std::size_t last = features_->size() - 1;
  for (std::size_t i = 0; i <= last; ++i) {
    const std::string number = std::to_string(i);
    stages.push_back({i == 0      ? "stem"
                      : i == last ? "last"
                                  : "features" + number,
                      {"features." + number + "."}});
  }
  if (!hidden_.is_empty()) stages.back().prefixes.push_back("classifier.0.");
  stages.push_back({"head", {hidden_.is_empty() ? "classifier.1." : "classifier.3."}});
  return stages;
}

InitialValue MobileNet::initial_value(const std::string& name, const torch::nn::Module& layer,
                                      const at::Tensor& parameter) const {
  const auto* linear = layer.as<torch::nn::Linear>();
  if (linear == nullptr) return default_initial_value(name, layer, parameter);
  if (name.ends_with("bias")) return constant(0);
  return uniform_head_ ? uniform(1 / std::sqrt(fan_out(parameter))) : normal(0.01);
}

}  // namespace lockstep
