#pragma once

#include <cstddef>
#include <span>

#include "imaging/decode.h"

namespace lockstep {

bool is_jpeg(std::span<const std::byte> encoded);

/// As probe_image and decode, for bytes that start like a JPEG.
ImageInfo probe_jpeg(std::span<const std::byte> encoded);
void decode_jpeg(std::span<const std::byte> encoded, Image& image, int channels);

}  // namespace lockstep
