#pragma once

#include "imaging/border.h"
#include "imaging/geometry.h"
#include "imaging/image.h"

namespace lockstep {

/// Draws the dense picture `out` [height, width, source.channels] by any map, output to source:
/// each of its pixels is the mean of k x k bilinear samples, k as the map shrinks.
void warp(const ImageView& source, const Homography& output_to_source, Border border, int height,
          int width, std::uint8_t* out);

}  // namespace lockstep
