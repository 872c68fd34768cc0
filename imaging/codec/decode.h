#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/error.h"
#include "imaging/pixels/image.h"
#include "imaging/pixels/orientation.h"

namespace lockstep {

enum class ImageFormat { jpeg, png, webp };

/// What the first bytes of a file say that it is; std::nullopt where it is none of these.
std::optional<ImageFormat> find_format(std::span<const std::byte> encoded);

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
  int height = 0;  ///< of the upright image
  int width = 0;
  /// Of the natural decoding: 1 for grey (with or without alpha), 3 for everything else.
  int channels = 0;
  int orientation = 1;  ///< of the stored pixels, as EXIF counts (imaging/pixels/orientation.h)

  int stored_height() const { return exchanges_sides(orientation) ? width : height; }
  int stored_width() const { return exchanges_sides(orientation) ? height : width; }
};

/// What a header says of an image of `height` x `width` stored pixels.
ImageInfo info_of_stored(ImageFormat format, int height, int width, int channels, int orientation);

/// Reads the header of a JPEG, PNG or WebP. Throws Error(data) where it is none of them, damaged,
/// animated, or beyond the limits above.
ImageInfo probe_image(std::span<const std::byte> encoded);

/// Decodes a JPEG, PNG or WebP, upright, to 8 bits and `channels` (1: grey, 3: RGB). Palettes are
/// looked up, 16 bits become 8, CMYK becomes RGB, alpha is dropped, RGB becomes grey by ITU-R 601
/// luma. Throws Error(data) where the file is damaged or cut short: no image is ever filled up with
/// grey. Any number of threads at once, each with its own `image`.
void decode(std::span<const std::byte> encoded, Image& image, int channels);

}  // namespace lockstep
