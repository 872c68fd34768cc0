#pragma once

#include "imaging/pixels/image.h"

namespace lockstep {

/// `source` in `height` x `width` pixels: the average over areas where no side grows, else
/// bilinear. One thread.
void resize(const ImageView& source, int height, int width, Image& result);

}  // namespace lockstep
