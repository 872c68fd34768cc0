#pragma once

#include <cstddef>
#include <span>

#include "imaging/codec/image_header.h"
#include "imaging/pixels/image.h"

namespace lockstep {

bool is_png(std::span<const std::byte> encoded);

/// As probe_image, for bytes that start like a PNG.
ImageInfo probe_png(std::span<const std::byte> encoded);
/// The pixels as the file stores them, not turned upright.
ImageInfo decode_png(std::span<const std::byte> encoded, Image& image, int channels);

}  // namespace lockstep
