#include "models/catalog/model_catalog.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "core/error.h"
#include "core/suggest.h"

namespace lockstep {
namespace {

using std::string_view;

constexpr string_view kMlpOptions[] = {"widths"};
constexpr string_view kSimpleCnnOptions[] = {"widths", "norm"};
constexpr string_view kResNetOptions[] = {"stem", "norm", "drop_path", "zero_init_residual",
                                          "checkpointing"};
constexpr string_view kFreeResNetOptions[] = {
    "stem", "norm", "drop_path", "zero_init_residual", "blocks", "width", "checkpointing"};
constexpr string_view kDenseNetOptions[] = {"stem", "norm", "blocks", "growth", "checkpointing"};
constexpr string_view kMobileOptions[] = {"stem", "norm", "drop_path", "checkpointing"};
constexpr string_view kConvNextOptions[] = {"stem", "drop_path", "checkpointing"};
constexpr string_view kTransformerOptions[] = {"drop_path", "checkpointing"};

constexpr string_view kOurs = "lockstep";
constexpr string_view kTorchvision = "torchvision";
constexpr string_view kTimm = "timm";
constexpr string_view kLeCun = "LeCun et al. 1998";

constexpr ResNetBlock kBasic = ResNetBlock::basic;
constexpr ResNetBlock kBottleneck = ResNetBlock::bottleneck;

EfficientNetSpec constexpr lite(double width, double depth, Padding padding = Padding::symmetric) {
  return {.width = width, .depth = depth, .lite = true, .padding = padding};
}

constexpr ModelEntry kCatalog[] = {
    {"linear", 28, 2'353'000, 2'352'000, kOurs, {}, MlpSpec{.has_hidden = false}},
    {"mlp", 28, 1'593'064, 1'591'296, kOurs, kMlpOptions, MlpSpec{}},
    {"lenet", 28, 146'156, 734'880, kLeCun, {}, LeNetSpec{}},
    {"simple_cnn", 28, 222'472, 8'030'720, kOurs, kSimpleCnnOptions, SimpleCnnSpec{}},

    {"resnet", 224, 5'418'792, 889'229'312, kOurs, kFreeResNetOptions,
     ResNetSpec{kBasic, {1, 1, 1, 1}}},
    {"resnet18", 224, 11'689'512, 1'814'073'344, kTorchvision, kResNetOptions,
     ResNetSpec{kBasic, {2, 2, 2, 2}}},
    {"resnet34", 224, 21'797'672, 3'663'761'408, kTorchvision, kResNetOptions,
     ResNetSpec{kBasic, {3, 4, 6, 3}}},
    {"resnet50", 224, 25'557'032, 4'089'184'256, kTorchvision, kResNetOptions,
     ResNetSpec{kBottleneck, {3, 4, 6, 3}}},
    {"resnet101", 224, 44'549'160, 7'801'405'440, kTorchvision, kResNetOptions,
     ResNetSpec{kBottleneck, {3, 4, 23, 3}}},
    {"resnet152", 224, 60'192'808, 11'513'626'624, kTorchvision, kResNetOptions,
     ResNetSpec{kBottleneck, {3, 8, 36, 3}}},
    {"wide_resnet50_2", 224, 68'883'240, 11'398'021'120, kTorchvision, kResNetOptions,
     ResNetSpec{kBottleneck, {3, 4, 6, 3}, 1, 128}},
    {"wide_resnet101_2", 224, 126'886'696, 22'753'050'624, kTorchvision, kResNetOptions,
     ResNetSpec{kBottleneck, {3, 4, 23, 3}, 1, 128}},
    {"resnext50_32x4d", 224, 25'028'904, 4'230'479'872, kTorchvision, kResNetOptions,
     ResNetSpec{kBottleneck, {3, 4, 6, 3}, 32, 4}},
    {"resnext101_32x8d", 224, 88'791'336, 16'414'015'488, kTorchvision, kResNetOptions,
     ResNetSpec{kBottleneck, {3, 4, 23, 3}, 32, 8}},
    {"resnext101_64x4d", 224, 83'455'272, 15'460'270'080, kTorchvision, kResNetOptions,
     ResNetSpec{kBottleneck, {3, 4, 23, 3}, 64, 4}},

    {"densenet121", 224, 7'978'856, 2'834'161'664, kTorchvision, kDenseNetOptions,
     DenseNetSpec{{6, 12, 24, 16}, 32, 64}},
    {"densenet161", 224, 28'681'000, 7'727'907'072, kTorchvision, kDenseNetOptions,
     DenseNetSpec{{6, 12, 36, 24}, 48, 96}},
    {"densenet169", 224, 14'149'480, 3'359'843'328, kTorchvision, kDenseNetOptions,
     DenseNetSpec{{6, 12, 32, 32}, 32, 64}},
    {"densenet201", 224, 20'013'928, 4'291'365'888, kTorchvision, kDenseNetOptions,
     DenseNetSpec{{6, 12, 48, 32}, 32, 64}},

    {"efficientnet_b0", 224, 5'288'548, 385'814'752, kTorchvision, kMobileOptions,
     EfficientNetSpec{1.0, 1.0}},
    {"efficientnet_b1", 240, 7'794'184, 686'802'832, kTorchvision, kMobileOptions,
     EfficientNetSpec{1.0, 1.1}},
    {"efficientnet_b2", 288, 9'109'994, 1'087'529'456, kTorchvision, kMobileOptions,
     EfficientNetSpec{1.1, 1.2}},
    {"efficientnet_b3", 300, 12'233'232, 1'827'141'392, kTorchvision, kMobileOptions,
     EfficientNetSpec{1.2, 1.4}},
    {"efficientnet_b4", 380, 19'341'616, 4'393'771'024, kTorchvision, kMobileOptions,
     EfficientNetSpec{1.4, 1.8}},
    {"efficientnet_lite0", 224, 4'652'008, 385'187'552, kTimm, kMobileOptions, lite(1.0, 1.0)},
    {"efficientnet_lite1", 240, 5'416'680, 600'185'232, kTimm, kMobileOptions, lite(1.0, 1.1)},
    {"efficientnet_lite2", 260, 6'092'072, 859'736'272, kTimm, kMobileOptions, lite(1.1, 1.2)},
    {"efficientnet_lite3", 280, 8'197'096, 1'383'321'872, kTimm, kMobileOptions, lite(1.2, 1.4)},
    {"efficientnet_lite4", 300, 13'006'568, 2'553'034'336, kTimm, kMobileOptions, lite(1.4, 1.8)},
    {"tf_efficientnet_lite0", 224, 4'652'008, 385'187'552, kTimm, kMobileOptions,
     lite(1.0, 1.0, Padding::same)},
    {"tf_efficientnet_lite1", 240, 5'416'680, 600'185'232, kTimm, kMobileOptions,
     lite(1.0, 1.1, Padding::same)},
    {"tf_efficientnet_lite2", 260, 6'092'072, 859'736'272, kTimm, kMobileOptions,
     lite(1.1, 1.2, Padding::same)},
    {"tf_efficientnet_lite3", 280, 8'197'096, 1'383'321'872, kTimm, kMobileOptions,
     lite(1.2, 1.4, Padding::same)},
    {"tf_efficientnet_lite4", 300, 13'006'568, 2'553'034'336, kTimm, kMobileOptions,
     lite(1.4, 1.8, Padding::same)},
    {"mobilenet_v3_small", 224, 2'542'856, 56'510'400, kTorchvision, kMobileOptions,
     MobileNetV3Spec{.large = false}},
    {"mobilenet_v3_large", 224, 5'483'032, 216'589'760, kTorchvision, kMobileOptions,
     MobileNetV3Spec{.large = true}},

    {"convnext_tiny", 224, 28'589'128, 4'455'531'264, kTorchvision, kConvNextOptions,
     ConvNextSpec{{3, 3, 9, 3}, 96}},
    {"convnext_small", 224, 50'223'688, 8'683'712'256, kTorchvision, kConvNextOptions,
     ConvNextSpec{{3, 3, 27, 3}, 96}},
    {"convnext_base", 224, 88'591'464, 15'354'729'472, kTorchvision, kConvNextOptions,
     ConvNextSpec{{3, 3, 27, 3}, 128}},

    {"vit_small_16", 224, 22'050'664, 4'598'882'304, kTimm, kTransformerOptions,
     VisionTransformerSpec{16, 12, 6, 384}},
    {"vit_base_16", 224, 86'567'656, 17'563'828'224, kTorchvision, kTransformerOptions,
     VisionTransformerSpec{16, 12, 12, 768}},
};

/// What the strides and pools of a family leave something of.
struct SmallestSide {
  const ModelOptions& options;

  int operator()(const MlpSpec&) const { return 1; }
  /// Two 5x5 convolutions, the first padded, and two pools.
  int operator()(const LeNetSpec&) const { return 12; }
  /// A pool after each convolution but the last.
  int operator()(const SimpleCnnSpec&) const {
    const std::size_t layers = options.widths.empty() ? 3 : options.widths.size();
    return 1 << (std::min<std::size_t>(layers, 30) - 1);
  }
  int operator()(const ResNetSpec&) const { return 1; }
  /// A pool after each dense block but the last; the stem rounds up.
  int operator()(const DenseNetSpec& spec) const {
    const std::size_t blocks = options.blocks.empty() ? spec.blocks.size() : options.blocks.size();
    const int side = 1 << (blocks - 1);
    return options.stem == Stem::small ? side : 4 * (side - 1) + 1;
  }
  int operator()(const EfficientNetSpec&) const { return 1; }
  int operator()(const MobileNetV3Spec&) const { return 1; }
  /// Patches of 4 x 4, or 3x3 convolution, and then three times 2 x 2.
  int operator()(const ConvNextSpec&) const { return options.stem == Stem::small ? 8 : 32; }
  int operator()(const VisionTransformerSpec& spec) const { return spec.patch; }
};

}  // namespace

std::span<const ModelEntry> model_catalog() { return kCatalog; }

const ModelEntry& find_model(string_view name) {
  const auto found = std::ranges::find(kCatalog, name, &ModelEntry::name);
  if (found != std::end(kCatalog)) return *found;
  std::vector<std::string> names;
  for (const ModelEntry& entry : kCatalog) names.emplace_back(entry.name);
  const std::string nearest = did_you_mean(name, names);
  fail(ExitCode::usage, "unknown model '{}'{}", name,
       nearest.empty() ? "; `lockstep models` lists them" : nearest);
}

bool has_fixed_size(const ModelEntry& model) {
  return std::visit(
      [](const auto& spec) {
        using Spec = std::decay_t<decltype(spec)>;
        return std::is_same_v<Spec, MlpSpec> || std::is_same_v<Spec, LeNetSpec> ||
               std::is_same_v<Spec, VisionTransformerSpec>;
      },
      model.spec);
}

int smallest_side(const ModelOptions& options) {
  return std::visit(SmallestSide{options}, find_model(options.name).spec);
}

void check_input_size(const ModelOptions& options, int height, int width) {
  const int smallest = smallest_side(options);
  check(std::min(height, width) >= smallest, ExitCode::usage,
        "the images are {} x {} pixels, and {} needs at least {} x {}: an image size of {} or "
        "more is needed (data.image_size, --image-size)",
        height, width, options.name, smallest, smallest, smallest);
  const auto* transformer = std::get_if<VisionTransformerSpec>(&find_model(options.name).spec);
  if (transformer == nullptr) return;
  const int patch = transformer->patch;
  check(height % patch == 0 && width % patch == 0, ExitCode::usage,
        "the images are {} x {} pixels, and {} cuts them into patches of {} x {}: an "
        "image size of {} or {} fits (data.image_size, --image-size)",
        height, width, options.name, patch, patch, std::max(height / patch, 1) * patch,
        (height / patch + 1) * patch);
}

}  // namespace lockstep
