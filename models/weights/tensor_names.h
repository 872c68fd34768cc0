#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/names.h"
#include "models/catalog/model_catalog.h"

namespace lockstep {

/// Whose names the tensors of a file have.
enum class NameStyle {
  torchvision,           ///< ours
  timm,                  ///< timm 1.0
  efficientnet_pytorch,  ///< the packages efficientnet_pytorch and efficientnet_lite_pytorch
};
inline constexpr EnumName<NameStyle> kNameStyleNames[] = {
    {NameStyle::torchvision, "torchvision"},
    {NameStyle::timm, "timm"},
    {NameStyle::efficientnet_pytorch, "efficientnet_pytorch"},
};
constexpr std::span<const EnumName<NameStyle>> enum_names(NameStyle) { return kNameStyleNames; }

/// What the tensor that is `name` here is called there; nullopt where that style does not have the
/// network. Where timm joins what torchvision has apart, or the other way round, only shapes with
/// sides of 1 differ.
std::optional<std::string> styled_name(NameStyle style, const ModelEntry& model,
                                       const std::string& name);

/// What is added to every running variance of BatchNorm there, so that it divides by the same as
/// here: the difference of what is added before the root.
double variance_shift(NameStyle style, const ModelEntry& model);

/// The shape that it has there.
std::vector<std::int64_t> styled_shape(NameStyle style, const ModelEntry& model,
                                       const std::string& name, std::vector<std::int64_t> shape);

}  // namespace lockstep
