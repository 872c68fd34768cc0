#include "imaging/augment/auto_augment.h"

#include <cmath>
#include <cstdint>

#include "imaging/augment/draws.h"

namespace lockstep {
namespace {

/// In the order of torchvision's _augmentation_space, which is part of what is drawn.
enum class Operation {
  identity,
  shear_x,
  shear_y,
  translate_x,
  translate_y,
  rotate,
  brightness,
  color,
  contrast,
  sharpness,
  posterize,
  solarize,
  auto_contrast,
  equalize,
};
constexpr int kOperations = 14;
constexpr int kMagnitudes = 31;

/// How far the operations of a policy go.
struct Space {
  double shear;                     ///< pixels a pixel
  double translate_y, translate_x;  ///< pixels
  double rotate;                    ///< degrees
  double enhance;                   ///< of brightness, colour, contrast and sharpness: 1 +- this
  double lost_bits;                 ///< of posterize
};

Space rand_augment_space(Extent picture) {
  return {.shear = 0.3,
          .translate_y = 150.0 / 331.0 * picture.height,
          .translate_x = 150.0 / 331.0 * picture.width,
          .rotate = 30,
          .enhance = 0.9,
          .lost_bits = 4};
}

constexpr Space kTrivialAugmentWide = {.shear = 0.99,
                                       .translate_y = 32,
                                       .translate_x = 32,
                                       .rotate = 135,
                                       .enhance = 0.99,
                                       .lost_bits = 6};

bool has_magnitude(Operation operation) {
  return operation != Operation::identity && operation < Operation::auto_contrast;
}

bool has_sign(Operation operation) {
  return operation >= Operation::shear_x && operation <= Operation::sharpness;
}

/// Adds one operation to what was drawn. `part`: the magnitude, from 0 to 1 and signed.
void add(Operation operation, double part, const Space& space, Extent picture, PolicyDraw& drawn) {
  Homography map;
  switch (operation) {
    case Operation::identity:
      return;
    // About the upper left corner, as torchvision does it in these policies.
    case Operation::shear_x:
      map = shear_x(part * space.shear);
      break;
    case Operation::shear_y:
      map = shear_y(part * space.shear);
      break;
    case Operation::translate_x:
      map = translation(-std::trunc(part * space.translate_x), 0);
      break;
    case Operation::translate_y:
      map = translation(0, -std::trunc(part * space.translate_y));
      break;
    case Operation::rotate:
      map = about({picture.width / 2.0, picture.height / 2.0}, rotation(part * space.rotate));
      break;
    case Operation::brightness:
      return append(drawn.program, LinearColor{.brightness = 1 + part * space.enhance});
    case Operation::color:
      return append(drawn.program, LinearColor{.saturation = 1 + part * space.enhance});
    case Operation::contrast:
      return append(drawn.program, LinearColor{.contrast = 1 + part * space.enhance});
    case Operation::sharpness:
      return append(drawn.program, Sharpness{1 + part * space.enhance});
    case Operation::posterize:
      return append(drawn.program, Posterize{8 - round_half_even(part * space.lost_bits)});
    case Operation::solarize:
      return append(drawn.program, Solarize{255 * (1 - part)});
    case Operation::auto_contrast:
      return append(drawn.program, AutoContrast{});
    case Operation::equalize:
      return append(drawn.program, Equalize{});
  }
  drawn.geometry = drawn.geometry * map;
}

void draw_operation(const AugmentOptions& options, const Space& space, Extent picture,
                    RandomSequence& random, PolicyDraw& drawn) {
  const auto operation = static_cast<Operation>(draw_below(kOperations, random));
  int magnitude = options.rand_magnitude;
  if (options.policy == AugmentPolicy::trivial_augment && has_magnitude(operation)) {
    magnitude = draw_below(kMagnitudes, random);
  }
  double part = magnitude / static_cast<double>(kMagnitudes - 1);
  if (has_sign(operation) && draw_below(2, random) == 1) part = -part;
  add(operation, part, space, picture, drawn);
}

}  // namespace

PolicyDraw draw_policy(const AugmentOptions& options, Extent picture, RandomSequence& random) {
  PolicyDraw drawn;
  if (options.policy == AugmentPolicy::rand_augment) {
    const Space space = rand_augment_space(picture);
    for (int i = 0; i < options.rand_operations; ++i) {
      draw_operation(options, space, picture, random, drawn);
    }
  } else if (options.policy == AugmentPolicy::trivial_augment) {
    draw_operation(options, kTrivialAugmentWide, picture, random, drawn);
  }
  return drawn;
}

}  // namespace lockstep
