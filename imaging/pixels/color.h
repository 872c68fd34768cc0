#pragma once

#include <cstdint>

#include "imaging/pixels/image.h"

namespace lockstep {

/// Luma by ITU-R BT.601, rounded; the grey of equal channels is their value.
constexpr std::uint8_t luma(std::uint32_t red, std::uint32_t green, std::uint32_t blue) {
  // 0.299, 0.587 and 0.114 in 16.16 fixed point; they add up to exactly 1.
  return static_cast<std::uint8_t>((red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16);
}

/// `source` with `channels` (1 or 3) channels, in `result`, which must not share its memory.
/// Grey is repeated, RGB becomes its luma.
void convert_channels(const ImageView& source, int channels, Image& result);
/// The same, to dense pixels that the caller owns.
void convert_channels(const ImageView& source, int channels, std::uint8_t* out);

/// Fills `image` with `channels` (1 or 3) by `read(rgb)`, which fills an image with RGB.
template <typename Read>
void from_rgb(int channels, Image& image, const Read& read) {
  if (channels == 3) {
    read(image);
    return;
  }
  Image rgb;
  read(rgb);
  convert_channels(rgb.view(), channels, image);
}

}  // namespace lockstep
