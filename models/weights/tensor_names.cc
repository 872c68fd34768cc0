#include "models/weights/tensor_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <utility>

#include "models/families/mobile_net.h"

namespace lockstep {
namespace {

using std::string;
using std::string_view;
using Renaming = std::pair<string_view, string_view>;

/// `name` with its beginning replaced; nullopt where none of the beginnings is its.
std::optional<string> with_start(const string& name, std::span<const Renaming> starts) {
  for (const auto& [from, to] : starts) {
    if (name.starts_with(from)) return string(to) + name.substr(from.size());
  }
  return std::nullopt;
}

/// "a.b.c" -> {"a", "b", "c"}
std::vector<string> parts_of(const string& name) {
  std::vector<string> parts;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    parts.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

int number(const string& text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The layers of an inverted residual block, in order: of torchvision's block.0.0, block.0.1, …
struct BlockLayers {
  std::vector<std::pair<string_view, string_view>> layers;  ///< convolution and norm
  string_view squeeze[2];                                   ///< fc1, fc2
};

/// What block.K.REST of an inverted residual block is called, whose squeeze-and-excitation is the
/// K-th of its parts (or -1: it has none).
string block_tensor(const BlockLayers& block, int k, int squeeze_at, const string& inner,
                    const string& rest) {
  if (k == squeeze_at) {
    return string(block.squeeze[inner == "fc1" ? 0 : 1]) + "." + rest;
  }
  const auto& [conv, norm] =
      block.layers[static_cast<std::size_t>(squeeze_at >= 0 && k > squeeze_at ? k - 1 : k)];
  return string(inner == "0" ? conv : norm) + "." + rest;
}

// ---- EfficientNet: features.S.B.block.K.0|1|fc1|fc2.REST

constexpr int kEfficientNetLast = 8;

std::optional<string> efficientnet_in_timm(const EfficientNetSpec& spec, const string& name) {
  constexpr std::array<Renaming, 5> kEnds = {{{"features.0.0.", "conv_stem."},
                                              {"features.0.1.", "bn1."},
                                              {"features.8.0.", "conv_head."},
                                              {"features.8.1.", "bn2."},
                                              {"classifier.1.", "classifier."}}};
  if (auto found = with_start(name, kEnds)) return found;
  const std::vector<string> parts = parts_of(name);
  const bool first = parts[1] == "1";  // its blocks do not expand
  const BlockLayers layers =
      first ? BlockLayers{{{"conv_dw", "bn1"}, {"conv_pw", "bn2"}},
                          {"se.conv_reduce", "se.conv_expand"}}
            : BlockLayers{{{"conv_pw", "bn1"}, {"conv_dw", "bn2"}, {"conv_pwl", "bn3"}},
                          {"se.conv_reduce", "se.conv_expand"}};
  const int squeeze_at = spec.lite ? -1 : (first ? 1 : 2);
  return "blocks." + std::to_string(number(parts[1]) - 1) + "." + parts[2] + "." +
         block_tensor(layers, number(parts[4]), squeeze_at, parts[5], parts[6]);
}

/// Their blocks are numbered through all stages.
std::optional<string> efficientnet_in_package(const EfficientNetSpec& spec, const string& name) {
  constexpr std::array<Renaming, 5> kEnds = {{{"features.0.0.", "_conv_stem."},
                                              {"features.0.1.", "_bn0."},
                                              {"features.8.0.", "_conv_head."},
                                              {"features.8.1.", "_bn1."},
                                              {"classifier.1.", "_fc."}}};
  if (auto found = with_start(name, kEnds)) return found;
  const std::vector<string> parts = parts_of(name);
  const int stage = number(parts[1]);
  const bool first = stage == 1;
  const BlockLayers layers =
      first
          ? BlockLayers{{{"_depthwise_conv", "_bn1"}, {"_project_conv", "_bn2"}},
                        {"_se_reduce", "_se_expand"}}
          : BlockLayers{
                {{"_expand_conv", "_bn0"}, {"_depthwise_conv", "_bn1"}, {"_project_conv", "_bn2"}},
                {"_se_reduce", "_se_expand"}};
  int block = number(parts[2]);
  for (int before = 1; before < stage; ++before) block += efficientnet_blocks(spec, before - 1);
  const int squeeze_at = spec.lite ? -1 : (first ? 1 : 2);
  return "_blocks." + std::to_string(block) + "." +
         block_tensor(layers, number(parts[4]), squeeze_at, parts[5], parts[6]);
}

// ---- MobileNetV3: features.I.block.K.0|1|fc1|fc2.REST; timm counts blocks within stages

std::optional<string> mobilenet_in_timm(const MobileNetV3Spec& spec, const string& name) {
  constexpr std::array<Renaming, 4> kEnds = {{{"features.0.0.", "conv_stem."},
                                              {"features.0.1.", "bn1."},
                                              {"classifier.0.", "conv_head."},
                                              {"classifier.3.", "classifier."}}};
  if (auto found = with_start(name, kEnds)) return found;
  const std::vector<int> stages =
      spec.large ? std::vector<int>{1, 2, 3, 4, 2, 3} : std::vector<int>{1, 2, 3, 2, 3};
  const std::vector<string> parts = parts_of(name);
  int block = number(parts[1]) - 1;
  std::size_t stage = 0;
  while (stage < stages.size() && block >= stages[stage]) block -= stages[stage++];
  const string place = "blocks." + std::to_string(stage) + "." + std::to_string(block) + ".";
  if (stage == stages.size()) return place + (parts[2] == "0" ? "conv." : "bn1.") + parts[3];
  const bool first = stage == 0;
  const BlockLayers layers =
      first ? BlockLayers{{{"conv_dw", "bn1"}, {"conv_pw", "bn2"}},
                          {"se.conv_reduce", "se.conv_expand"}}
            : BlockLayers{{{"conv_pw", "bn1"}, {"conv_dw", "bn2"}, {"conv_pwl", "bn3"}},
                          {"se.conv_reduce", "se.conv_expand"}};
  // fc1 and fc2 are behind the depthwise convolution, where there are any.
  const int at = first ? 1 : 2;
  const bool squeezes = mobilenet_squeezes(spec, number(parts[1]) - 1);
  return place + block_tensor(layers, number(parts[3]), squeezes ? at : -1, parts[4], parts[5]);
}

std::optional<string> convnext_in_timm(const string& name) {
  constexpr std::array<Renaming, 4> kEnds = {{{"features.0.0.", "stem.0."},
                                              {"features.0.1.", "stem.1."},
                                              {"classifier.0.", "head.norm."},
                                              {"classifier.2.", "head.fc."}}};
  if (auto found = with_start(name, kEnds)) return found;
  const std::vector<string> parts = parts_of(name);
  const int place = number(parts[1]);
  if (place % 2 == 0) {
    return "stages." + std::to_string(place / 2) + ".downsample." + parts[2] + "." + parts[3];
  }
  const string block = "stages." + std::to_string(place / 2) + ".blocks." + parts[2] + ".";
  if (parts[3] == "layer_scale") return block + "gamma";
  constexpr std::array<Renaming, 4> kLayers = {
      {{"0", "conv_dw"}, {"2", "norm"}, {"3", "mlp.fc1"}, {"5", "mlp.fc2"}}};
  const auto layer = std::ranges::find(kLayers, string_view(parts[4]), &Renaming::first);
  return block + string(layer->second) + "." + parts[5];
}

std::optional<string> transformer_in_timm(const string& name) {
  constexpr std::array<Renaming, 5> kEnds = {{{"class_token", "cls_token"},
                                              {"encoder.pos_embedding", "pos_embed"},
                                              {"conv_proj.", "patch_embed.proj."},
                                              {"encoder.ln.", "norm."},
                                              {"heads.head.", "head."}}};
  if (auto found = with_start(name, kEnds)) return found;
  constexpr string_view kStart = "encoder.layers.encoder_layer_";
  const string rest = name.substr(kStart.size());
  const std::size_t dot = rest.find('.');
  constexpr std::array<Renaming, 6> kLayers = {{{"ln_1.", "norm1."},
                                                {"ln_2.", "norm2."},
                                                {"self_attention.in_proj_", "attn.qkv."},
                                                {"self_attention.out_proj.", "attn.proj."},
                                                {"mlp.0.", "mlp.fc1."},
                                                {"mlp.3.", "mlp.fc2."}}};
  return "blocks." + rest.substr(0, dot + 1) + *with_start(rest.substr(dot + 1), kLayers);
}

struct InTimm {
  const string& name;

  std::optional<string> operator()(const ResNetSpec&) const { return name; }
  std::optional<string> operator()(const DenseNetSpec&) const { return name; }
  std::optional<string> operator()(const EfficientNetSpec& spec) const {
    return efficientnet_in_timm(spec, name);
  }
  std::optional<string> operator()(const MobileNetV3Spec& spec) const {
    return mobilenet_in_timm(spec, name);
  }
  std::optional<string> operator()(const ConvNextSpec&) const { return convnext_in_timm(name); }
  std::optional<string> operator()(const VisionTransformerSpec&) const {
    return transformer_in_timm(name);
  }
  template <typename Other>
  std::optional<string> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

std::optional<string> styled_name(NameStyle style, const ModelEntry& model, const string& name) {
  switch (style) {
    case NameStyle::torchvision:
      return name;
    case NameStyle::timm:
      return std::visit(InTimm{name}, model.spec);
    case NameStyle::efficientnet_pytorch:
      if (const auto* spec = std::get_if<EfficientNetSpec>(&model.spec)) {
        return efficientnet_in_package(*spec, name);
      }
      return std::nullopt;
  }
  return std::nullopt;
}

double variance_shift(NameStyle style, const ModelEntry& model) {
  // timm's MobileNetV3 has PyTorch's epsilon, torchvision's that of the paper.
  const bool differs =
      style == NameStyle::timm && std::holds_alternative<MobileNetV3Spec>(model.spec);
  return differs ? 1e-3 - 1e-5 : 0;
}

std::vector<std::int64_t> styled_shape(NameStyle style, const ModelEntry& model, const string& name,
                                       std::vector<std::int64_t> shape) {
  if (style != NameStyle::timm) return shape;
  if (name.ends_with("layer_scale")) return {shape[0]};
  if (std::holds_alternative<MobileNetV3Spec>(model.spec) && name == "classifier.0.weight") {
    shape.insert(shape.end(), {1, 1});
  }
  return shape;
}

}  // namespace lockstep
