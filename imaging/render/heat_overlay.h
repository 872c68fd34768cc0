#pragma once

#include <span>

#include "imaging/pixels/image.h"

namespace lockstep {

/// `image` in grey, and over it in colour how strong each place is: nothing where `heat` is 0, from
/// yellow to red where it is 1. `heat` [height, width] covers the whole image, however coarse it
/// is, and is smoothed (bilinear). An image of small sides is enlarged by a whole factor, to at
/// least `least_side` on the longer one. RGB.
Image heat_overlay(const ImageView& image, std::span<const float> heat, int heat_height,
                   int heat_width, int least_side);

}  // namespace lockstep
