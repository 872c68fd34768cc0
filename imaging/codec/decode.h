#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "imaging/codec/image_header.h"
#include "imaging/pixels/image.h"

namespace lockstep {

/// The format that the first bytes of a file announce; std::nullopt for any other file.
std::optional<ImageFormat> find_format(std::span<const std::byte> encoded);

/// Reads the header of a JPEG, PNG or WebP. Throws Error(data) where it is none of them, damaged,
/// animated, or beyond the limits of image_header.h.
ImageInfo probe_image(std::span<const std::byte> encoded);

/// Decodes a JPEG, PNG or WebP, upright, to 8 bits and `channels` (1: grey, 3: RGB). Palettes are
/// looked up, 16 bits become 8, CMYK becomes RGB, alpha is dropped, RGB becomes grey by ITU-R 601
/// luma. Throws Error(data) where the file is damaged or cut short: no image is ever filled up with
/// grey. Any number of threads at once, each with its own `image`.
void decode(std::span<const std::byte> encoded, Image& image, int channels);

}  // namespace lockstep
