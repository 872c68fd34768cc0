#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "imaging/codec/image_header.h"
#include "imaging/pixels/image.h"

namespace lockstep {

bool is_png(std::span<const std::byte> encoded);

/// As probe_image, for bytes that start like a PNG.
ImageInfo probe_png(std::span<const std::byte> encoded);
/// The pixels as the file stores them, not turned upright.
ImageInfo decode_png(std::span<const std::byte> encoded, Image& image, int channels);

/// True where it has frames beside the one that decoders without animation show (chunk acTL).
bool is_animated_png(std::span<const std::byte> encoded);

/// The values of a PNG of 16 bits a sample, upright, without alpha.
struct WidePixels {
  int height = 0;
  int width = 0;
  int channels = 0;                   ///< 1 or 3
  std::vector<std::uint16_t> values;  ///< [height, width, channels]
  std::uint16_t largest = 0;
  int significant_bits = 16;  ///< by its chunk sBIT, the most of its channels; 16 without one
};

/// True for 16 bits a sample.
bool is_wide_png(std::span<const std::byte> encoded);
WidePixels decode_wide_png(std::span<const std::byte> encoded);

/// 8 bits of `wide`, whose values 0 to `maximum` become 0 to 255; larger ones are 255.
void narrow(const WidePixels& wide, unsigned maximum, Image& image);

}  // namespace lockstep
