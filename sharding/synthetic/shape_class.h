#pragma once

#include <string>

#include "core/names.h"
#include "imaging/augment/augment_options.h"
#include "sharding/synthetic/outline.h"

namespace lockstep {

/// How a surface looks.
enum class Texture { plain, horizontal, vertical, rising, falling };
inline constexpr EnumName<Texture> kTextureNames[] = {
    {Texture::plain, "plain"},       {Texture::horizontal, "horizontal"},  // stripes
    {Texture::vertical, "vertical"}, {Texture::rising, "rising"},
    {Texture::falling, "falling"},
};
constexpr std::span<const EnumName<Texture>> enum_names(Texture) { return kTextureNames; }

/// What all samples of a class of shapes have in common.
struct ShapeClass {
  enum class Light { any, bright, dark };  ///< of the shape on its ground
  enum class Extent { any, small, large };

  Shape shape = Shape::disc;
  Texture fill = Texture::plain;
  Light light = Light::any;
  Texture ground = Texture::plain;
  Extent extent = Extent::any;

  /// "disc", or "small-dark-disc-rising-on-vertical".
  std::string name() const;
};

/// Class `label` of `classes`, at most 1,000. Up to 10 classes differ by shape, up to 50 also by
/// the shape's texture, up to 100 by its light, up to 500 by the ground's texture, up to 1,000 by
/// the extent: what tells no classes apart is any, or plain. Pure.
ShapeClass shape_class(int label, int classes);

}  // namespace lockstep
