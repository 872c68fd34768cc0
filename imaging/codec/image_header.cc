#include "imaging/codec/image_header.h"

#include <utility>

namespace lockstep {

void check_decodable_size(std::uint64_t height, std::uint64_t width) {
  check(height > 0 && width > 0, ExitCode::data, "an image of {} x {} pixels is empty", width,
        height);
  if (height <= kMaxImageSide && width <= kMaxImageSide && height * width <= kMaxImagePixels)
    return;
  throw ImageTooLarge(
      ExitCode::data,
      fmt::format("an image of {} x {} pixels is too large (the limits are {} pixels a side and {} "
                  "in all); shrink it first",
                  width, height, kMaxImageSide, kMaxImagePixels));
}

ImageInfo info_of_stored(ImageFormat format, int height, int width, int channels, int orientation) {
  if (exchanges_sides(orientation)) std::swap(height, width);
  return {format, height, width, channels, orientation};
}

}  // namespace lockstep
