#include "imaging/augment/augmentation.h"

#include <algorithm>
#include <utility>

#include "imaging/augment/auto_augment.h"
#include "imaging/augment/draws.h"

namespace lockstep {
namespace {

LinearColor draw_color(const AugmentOptions& options, RandomSequence& random) {
  LinearColor color;
  const auto draw_factor = [&](double strength, double& factor) {
    if (strength <= 0 || !draw_event(options.color_probability, random)) return;
    factor = draw_uniform({std::max(0.0, 1 - strength), 1 + strength}, random);
  };
  draw_factor(options.brightness, color.brightness);
  draw_factor(options.contrast, color.contrast);
  draw_factor(options.saturation, color.saturation);
  if (options.hue > 0 && draw_event(options.color_probability, random)) {
    color.hue = draw_symmetric(options.hue, random);
  }
  if (options.greyscale > 0 && draw_event(options.greyscale, random)) color.saturation = 0;
  return color;
}

}  // namespace

Augmentation draw_augmentation(const AugmentOptions& options, Extent image, Extent picture,
                               RandomSequence& random) {
  Augmentation drawn{.border = options.border};
  Geometry geometry = draw_geometry(options, image, picture, random);
  const LinearColor color = draw_color(options, random);
  if (color != LinearColor{}) append(drawn.program, color);
  const PolicyDraw policy = draw_policy(options, picture, random);
  geometry.policy = policy.geometry;
  for (const PixelOperation& operation : policy.program) append(drawn.program, operation);
  drawn.output_to_source = output_to_source(geometry, picture);
  drawn.erasure = draw_erasure(options, picture, random);
  return drawn;
}

Augmentation evaluation_view(const AugmentOptions& options, Extent image, Extent picture) {
  const Geometry geometry{.crop = centre_crop(image, picture), .zoom = 1 / options.eval_crop};
  return {.output_to_source = output_to_source(geometry, picture)};
}

}  // namespace lockstep
