#pragma once

#include <cstddef>
#include <span>

#include "imaging/image.h"

namespace lockstep {

enum class ImageFormat { jpeg, png };

/// Larger images are refused before any memory is taken for them.
inline constexpr int kMaxImageSide = 16'384;
inline constexpr long kMaxImagePixels = 100'000'000;

/// What an encoded image's header says.
struct ImageInfo {
  ImageFormat format = ImageFormat::jpeg;
  int height = 0;
  int width = 0;
  int channels =
      0;  ///< of the natural decoding: 1 for grey (with or without alpha), 3 for everything else
};

/// Reads the header of a JPEG or PNG. Throws Error(data) where it is neither, damaged, or beyond
/// the limits above.
ImageInfo probe_image(std::span<const std::byte> encoded);

/// Decodes a JPEG or PNG to 8 bits and `channels` (1: grey, 3: RGB). Palettes are looked up, 16
/// bits become 8, CMYK becomes RGB, alpha is dropped, RGB becomes grey by ITU-R 601 luma; the
/// orientation tag is not applied (as torchvision's ImageFolder). Throws Error(data) where the file
/// is damaged or cut short: no image is ever filled up with grey. Any number of threads at once,
/// each with its own `image`.
void decode(std::span<const std::byte> encoded, Image& image, int channels);

}  // namespace lockstep
