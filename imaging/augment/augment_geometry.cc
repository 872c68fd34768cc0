#include "imaging/augment/augment_geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "imaging/augment/draws.h"

namespace lockstep {
namespace {

double tangent(double degrees) { return std::tan(degrees * (std::numbers::pi / 180)); }

/// The box of a crop that draws a place, at a place drawn: y, then x.
Box draw_place(Extent size, Extent image, RandomSequence& random) {
  const int y = draw_below(image.height - size.height + 1, random);
  const int x = draw_below(image.width - size.width + 1, random);
  return {y, x, size.height, size.width};
}

Box draw_random_crop(Extent image, Extent picture, RandomSequence& random) {
  const Box centre = centre_crop(image, picture);
  return draw_place({centre.height, centre.width}, image, random);
}

Box draw_crop(const AugmentOptions& options, Extent image, Extent picture, RandomSequence& random) {
  switch (options.crop) {
    case CropKind::centre:
      break;
    case CropKind::random:
      return draw_random_crop(image, picture, random);
    case CropKind::random_resized:
      return draw_resized_crop(options.crop_area, options.crop_aspect, image, random);
    case CropKind::presized: {
      const Box outer = draw_random_crop(image, picture, random);
      Box inner = draw_resized_crop(options.crop_area, options.crop_aspect,
                                    {outer.height, outer.width}, random);
      inner.y += outer.y;
      inner.x += outer.x;
      return inner;
    }
  }
  return centre_crop(image, picture);
}

void draw_flip(FlipKind kind, Geometry& drawn, RandomSequence& random) {
  if (kind == FlipKind::dihedral) {
    const int symmetry = draw_below(8, random);
    drawn.mirror_x = (symmetry & 1) != 0;
    drawn.mirror_y = (symmetry & 2) != 0;
    drawn.transpose = (symmetry & 4) != 0;
    return;
  }
  if (kind == FlipKind::horizontal || kind == FlipKind::both) {
    drawn.mirror_x = draw_event(0.5, random);
  }
  if (kind == FlipKind::vertical || kind == FlipKind::both) {
    drawn.mirror_y = draw_event(0.5, random);
  }
}

/// fastai's Warp: in a picture of [-1, 1] x [-1, 1] the corners (-1, -1), (1, -1), (1, 1) and
/// (-1, 1) of what was there are now at (-1 - y, -1 - x), (1 + y, -1 + x), (1 - y, 1 - x) and
/// (-1 + y, 1 + x).
Homography warp(double x, double y, Extent picture) {
  const Homography unit_to_corners = unit_square_to(
      {{{-y / 2, -x / 2}, {1 + y / 2, x / 2}, {1 - y / 2, 1 - x / 2}, {y / 2, 1 + x / 2}}});
  return scaling(picture.width, picture.height) * inverse(unit_to_corners) *
         scaling(1.0 / picture.width, 1.0 / picture.height);
}

}  // namespace

Box centre_crop(Extent image, Extent picture) {
  const auto scaled = [](int side, int numerator, int denominator) {
    const auto product = std::int64_t{side} * numerator + denominator / 2;
    return static_cast<int>(std::max<std::int64_t>(1, product / denominator));
  };
  auto [height, width] = image;
  if (std::int64_t{width} * picture.height > std::int64_t{height} * picture.width) {
    width = std::min(width, scaled(height, picture.width, picture.height));
  } else {
    height = std::min(height, scaled(width, picture.height, picture.width));
  }
  return {(image.height - height) / 2, (image.width - width) / 2, height, width};
}

Box draw_resized_crop(const Range& area, const Range& aspect, Extent image,
                      RandomSequence& random) {
  const double whole = static_cast<double>(image.height) * image.width;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target = whole * draw_uniform(area, random);
    const double proportions = draw_log_uniform(aspect, random);
    const int width = round_half_even(std::sqrt(target * proportions));
    const int height = round_half_even(std::sqrt(target / proportions));
    if (width > 0 && width <= image.width && height > 0 && height <= image.height) {
      return draw_place({height, width}, image, random);
    }
  }
  auto [height, width] = image;
  const double proportions = static_cast<double>(width) / height;
  if (proportions < aspect.min) {
    height = std::max(1, round_half_even(width / aspect.min));
  } else if (proportions > aspect.max) {
    width = std::max(1, round_half_even(height * aspect.max));
  }
  return {(image.height - height) / 2, (image.width - width) / 2, height, width};
}

Geometry draw_geometry(const AugmentOptions& options, Extent image, Extent picture,
                       RandomSequence& random) {
  Geometry drawn{.crop = draw_crop(options, image, picture, random)};
  if (options.crop_padding > 0) {
    const int places = 2 * options.crop_padding + 1;
    drawn.shift_y = draw_below(places, random) - options.crop_padding;
    drawn.shift_x = draw_below(places, random) - options.crop_padding;
  }
  draw_flip(options.flip, drawn, random);
  const double probability = options.geometry_probability;
  if (options.shear > 0 && draw_event(probability, random)) {
    drawn.shear_x = draw_symmetric(options.shear, random);
    drawn.shear_y = draw_symmetric(options.shear, random);
  }
  if (options.zoom != Range{1, 1} && draw_event(probability, random)) {
    drawn.zoom = draw_uniform(options.zoom, random);
    drawn.zoom_place.y = double{random.uniform()};
    drawn.zoom_place.x = double{random.uniform()};
  }
  if (options.rotate > 0 && draw_event(probability, random)) {
    drawn.rotate = draw_symmetric(options.rotate, random);
  }
  if (options.translate > 0 && draw_event(probability, random)) {
    drawn.translate_y = draw_symmetric(options.translate, random);
    drawn.translate_x = draw_symmetric(options.translate, random);
  }
  if (options.warp > 0 && draw_event(probability, random)) {
    drawn.warp_y = draw_symmetric(options.warp, random);
    drawn.warp_x = draw_symmetric(options.warp, random);
  }
  return drawn;
}

// A map that does nothing is left out: its arithmetic could change the last bit of the others.
Homography output_to_source(const Geometry& geometry, Extent picture) {
  const double height = picture.height;
  const double width = picture.width;
  const Point centre{width / 2, height / 2};
  Homography map = translation(geometry.crop.x, geometry.crop.y) *
                   scaling(geometry.crop.width / width, geometry.crop.height / height) *
                   translation(geometry.shift_x, geometry.shift_y);
  if (geometry.mirror_x) map = map * translation(width, 0) * scaling(-1, 1);
  if (geometry.mirror_y) map = map * translation(0, height) * scaling(1, -1);
  if (geometry.transpose) map = map * transposition();
  if (geometry.shear_x != 0 || geometry.shear_y != 0) {
    map = map *
          about(centre, shear_x(tangent(geometry.shear_x)) * shear_y(tangent(geometry.shear_y)));
  }
  if (geometry.zoom != 1) {
    const Point place{geometry.zoom_place.x * width, geometry.zoom_place.y * height};
    map = map * about(place, scaling(1 / geometry.zoom, 1 / geometry.zoom));
  }
  if (geometry.rotate != 0) map = map * about(centre, rotation(geometry.rotate));
  if (geometry.translate_x != 0 || geometry.translate_y != 0) {
    map = map * translation(-geometry.translate_x * width, -geometry.translate_y * height);
  }
  if (geometry.policy != Homography{}) map = map * geometry.policy;
  if (geometry.warp_x != 0 || geometry.warp_y != 0) {
    map = map * warp(geometry.warp_x, geometry.warp_y, picture);
  }
  return map;
}

}  // namespace lockstep
