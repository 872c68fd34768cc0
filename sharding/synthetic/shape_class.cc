#include "sharding/synthetic/shape_class.h"

#include <cassert>
#include <iterator>

namespace lockstep {
namespace {

constexpr int kShapes = static_cast<int>(std::size(kShapeNames));
constexpr int kTextures = static_cast<int>(std::size(kTextureNames));

// As many classes as differ by this and what is before it.
constexpr int kByFill = kShapes * kTextures;
constexpr int kByLight = kByFill * 2;
constexpr int kByGround = kByLight * kTextures;
constexpr int kByExtent = kByGround * 2;

}  // namespace

std::string ShapeClass::name() const {
  std::string name;
  if (extent != Extent::any) name += extent == Extent::small ? "small-" : "large-";
  if (light != Light::any) name += light == Light::dark ? "dark-" : "bright-";
  name += name_of(shape);
  if (fill != Texture::plain) name.append("-").append(name_of(fill));
  if (ground != Texture::plain) name.append("-on-").append(name_of(ground));
  return name;
}

ShapeClass shape_class(int label, int classes) {
  assert(label >= 0 && label < classes && classes <= kByExtent);
  using Light = ShapeClass::Light;
  using Extent = ShapeClass::Extent;
  ShapeClass result;
  result.shape = static_cast<Shape>(label % kShapes);
  result.fill = static_cast<Texture>(label / kShapes % kTextures);
  if (classes > kByFill) result.light = label / kByFill % 2 == 0 ? Light::bright : Light::dark;
  result.ground = static_cast<Texture>(label / kByLight % kTextures);
  if (classes > kByGround) result.extent = label / kByGround == 0 ? Extent::large : Extent::small;
  return result;
}

}  // namespace lockstep
