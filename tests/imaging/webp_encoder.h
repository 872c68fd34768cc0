#pragma once

#include "tests/imaging/encoders.h"

namespace lockstep {

/// A WebP of these pixels [height, width, 3 or 4], which keeps every one.
Encoded encode_webp(const Pixels& pixels, int height, int width, int channels);

}  // namespace lockstep
