#include "imaging/codec/image_header.h"

#include <utility>

namespace lockstep {

void check_decodable_size(std::uint64_t height, std::uint64_t width, const ImageLimits& limits) {
  check(height > 0 && width > 0, ExitCode::data, "an image of {} x {} pixels is empty", width,
        height);
  if (height <= limits.side && width <= limits.side && height * width <= limits.pixels) return;
  throw ImageTooLarge(
      ExitCode::data,
      fmt::format("an image of {} x {} pixels is too large (the limits are {} pixels a side and {} "
                  "in all); shrink it first",
                  width, height, limits.side, limits.pixels));
}

ImageInfo info_of_stored(ImageFormat format, int height, int width, int channels, int orientation) {
  if (exchanges_sides(orientation)) std::swap(height, width);
  return {format, height, width, channels, orientation};
}

}  // namespace lockstep
