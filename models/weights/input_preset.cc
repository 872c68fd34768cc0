#include "models/weights/input_preset.h"

#include <algorithm>
#include <string_view>

namespace lockstep {
namespace {

constexpr std::array<float, 3> kImageNetMean{0.485f, 0.456f, 0.406f};
constexpr std::array<float, 3> kImageNetStd{0.229f, 0.224f, 0.225f};
constexpr std::array<float, 3> kHalf{0.5f, 0.5f, 0.5f};
constexpr std::array<float, 3> kTensorFlowMean{127 / 255.f, 127 / 255.f, 127 / 255.f};
constexpr std::array<float, 3> kTensorFlowStd{128 / 255.f, 128 / 255.f, 128 / 255.f};

/// Where it is not 224 of 256. torchvision's `resize_size` for its sides, and TensorFlow's rule for
/// the lite EfficientNets, which leaves 32 pixels out whatever the side.
struct Crop {
  std::string_view model;
  double part;
};
constexpr Crop kCrops[] = {
    {"efficientnet_b1", 240.0 / 256}, {"efficientnet_b2", 1},
    {"efficientnet_b3", 300.0 / 320}, {"efficientnet_b4", 380.0 / 384},
    {"convnext_tiny", 224.0 / 236},   {"convnext_small", 224.0 / 230},
    {"convnext_base", 224.0 / 232},
};

bool is_lite(const ModelEntry& model) {
  const auto* spec = std::get_if<EfficientNetSpec>(&model.spec);
  return spec != nullptr && spec->lite;
}

double crop_of(NameStyle source, const ModelEntry& model) {
  if (is_lite(model)) return model.usual_side / (model.usual_side + 32.0);
  if (source == NameStyle::timm && std::holds_alternative<VisionTransformerSpec>(model.spec)) {
    return 0.9;
  }
  const auto* found = std::ranges::find(kCrops, model.name, &Crop::model);
  return found == std::end(kCrops) ? 0.875 : found->part;
}

}  // namespace

std::optional<InputPreset> input_preset(NameStyle source, const ModelEntry& model) {
  const bool is_small = std::holds_alternative<MlpSpec>(model.spec) ||
                        std::holds_alternative<LeNetSpec>(model.spec) ||
                        std::holds_alternative<SimpleCnnSpec>(model.spec);
  if (is_small) return std::nullopt;
  InputPreset preset{.side = model.usual_side,
                     .crop = crop_of(source, model),
                     .mean = kImageNetMean,
                     .std = kImageNetStd};
  const bool is_vit = std::holds_alternative<VisionTransformerSpec>(model.spec);
  if (source == NameStyle::efficientnet_pytorch && is_lite(model)) {
    preset.mean = kTensorFlowMean;
    preset.std = kTensorFlowStd;
  } else if (source == NameStyle::timm && (is_lite(model) || is_vit)) {
    preset.mean = preset.std = kHalf;
  }
  return preset;
}

}  // namespace lockstep
