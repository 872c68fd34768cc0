#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/error.h"
#include "imaging/image.h"

namespace lockstep {

enum class ImageFormat { jpeg, png };

/// Larger images are refused before any memory is taken for them.
inline constexpr std::uint64_t kMaxImageSide = 16'384;
inline constexpr std::uint64_t kMaxImagePixels = 100'000'000;

/// An image that is larger than the limits.
class ImageTooLarge : public Error {
 public:
  using Error::Error;
};

/// Throws Error(data) where an image of this size is empty, ImageTooLarge where it is beyond the
/// limits.
void check_image_size(std::uint64_t height, std::uint64_t width);

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
