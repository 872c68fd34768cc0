#pragma once

#include <optional>

#include "core/random.h"
#include "imaging/augment/augment_geometry.h"
#include "imaging/augment/augment_options.h"
#include "imaging/augment/erase.h"
#include "imaging/augment/pixel_ops.h"

namespace lockstep {

/// Everything that is done to one image, in this order.
struct Augmentation {
  Homography output_to_source{};  ///< all geometry: from the picture to the upright image
  Border border = Border::black;
  PixelProgram program{};
  std::optional<Erasure> erasure{};

  bool operator==(const Augmentation&) const = default;
};

/// Draws what happens to an image of this (upright) size on its way to a picture: a pure function
/// of its arguments. An operation that is off draws nothing. Drawn in this order: geometry (see
/// Geometry), brightness, contrast, saturation, hue, greyscale, the policy, the erasure.
Augmentation draw_augmentation(const AugmentOptions& options, Extent image, Extent picture,
                               RandomSequence& random);

/// What evaluation does: only the centre crop that `options.eval_crop` gives.
Augmentation evaluation_view(const AugmentOptions& options, Extent image, Extent picture);

}  // namespace lockstep
