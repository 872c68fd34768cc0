#pragma once

#include <cstdint>

#include "core/error.h"
#include "imaging/pixels/orientation.h"

namespace lockstep {

enum class ImageFormat { jpeg, png, webp };

/// Larger images are refused before any memory is taken for them.
inline constexpr std::uint64_t kMaxImageSide = 16'384;
inline constexpr std::uint64_t kMaxImagePixels = 100'000'000;

/// An image that is larger than the limits.
class ImageTooLarge : public Error {
 public:
  using Error::Error;
};

struct ImageLimits {
  std::uint64_t side = kMaxImageSide;
  std::uint64_t pixels = kMaxImagePixels;
};

/// Throws Error(data) where an image of this size is empty, ImageTooLarge where it is beyond the
/// limits.
void check_decodable_size(std::uint64_t height, std::uint64_t width,
                          const ImageLimits& limits = {});

/// What an encoded image's header says.
struct ImageInfo {
  ImageFormat format = ImageFormat::jpeg;
  int height = 0;  ///< of the upright image
  int width = 0;
  /// Channels of the decoded image: 1 for grey (with or without alpha), 3 for everything else.
  int channels = 0;
  int orientation = 1;  ///< of the stored pixels, as EXIF counts (imaging/pixels/orientation.h)

  int stored_height() const { return exchanges_sides(orientation) ? width : height; }
  int stored_width() const { return exchanges_sides(orientation) ? height : width; }
};

/// What a header says of an image of `height` x `width` stored pixels.
ImageInfo info_of_stored(ImageFormat format, int height, int width, int channels, int orientation);

}  // namespace lockstep
