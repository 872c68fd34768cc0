#pragma once

#include "core/random.h"
#include "imaging/augment/augment_geometry.h"
#include "imaging/augment/augment_options.h"
#include "imaging/augment/pixel_ops.h"

namespace lockstep {

/// What a policy drew: its geometry as one map, its other operations in their order. Geometry comes
/// first, whatever was drawn first, because an image is resampled once.
struct PolicyDraw {
  Homography geometry;  ///< from the picture to the picture before it
  PixelProgram program;
};

/// Draws the operations of `options.policy`, for a picture of this size:
///
/// - rand_augment: `rand_operations` of the fourteen, each at magnitude `rand_magnitude` (Cubuk et
///   al., "RandAugment", 2020)
/// - trivial_augment: one of the fourteen, with wider ranges, at a magnitude drawn from 0..30
///   (Müller and Hutter, "TrivialAugment", 2021)
///
/// Operations, ranges and the order of the draws are those of torchvision's RandAugment and
/// TrivialAugmentWide: the operation, its magnitude, its sign.
PolicyDraw draw_policy(const AugmentOptions& options, Extent picture, RandomSequence& random);

}  // namespace lockstep
