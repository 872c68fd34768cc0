#pragma once

#include <cstddef>
#include <span>

#include "imaging/codec/image_header.h"
#include "imaging/pixels/image.h"

namespace lockstep {

bool is_webp(std::span<const std::byte> encoded);

/// False also where the header cannot be read.
bool is_animated_webp(std::span<const std::byte> encoded);

/// As probe_image, for bytes that start like a WebP. Animations are refused.
ImageInfo probe_webp(std::span<const std::byte> encoded);
/// The pixels as the file stores them, not turned upright.
ImageInfo decode_webp(std::span<const std::byte> encoded, Image& image, int channels);

}  // namespace lockstep
