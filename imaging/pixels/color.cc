#include "imaging/pixels/color.h"

#include <algorithm>
#include <cassert>

namespace lockstep {
namespace {

void repeat_grey(const std::uint8_t* grey, int width, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x) std::fill_n(rgb + std::ptrdiff_t{3} * x, 3, grey[x]);
}

void take_luma(const std::uint8_t* rgb, int width, std::uint8_t* grey) {
  for (int x = 0; x < width; ++x, rgb += 3) grey[x] = luma(rgb[0], rgb[1], rgb[2]);
}

}  // namespace

void convert_channels(const ImageView& source, int channels, std::uint8_t* out) {
  assert((source.channels == 1 || source.channels == 3) && (channels == 1 || channels == 3));
  const std::ptrdiff_t row_bytes = std::ptrdiff_t{source.width} * channels;
  for (int y = 0; y < source.height; ++y, out += row_bytes) {
    if (source.channels == channels) {
      std::copy_n(source.row(y), row_bytes, out);
    } else if (channels == 3) {
      repeat_grey(source.row(y), source.width, out);
    } else {
      take_luma(source.row(y), source.width, out);
    }
  }
}

void convert_channels(const ImageView& source, int channels, Image& result) {
  result.reshape(source.height, source.width, channels);
  convert_channels(source, channels, result.row(0));
}

}  // namespace lockstep
