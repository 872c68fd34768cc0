#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <spng.h>
#include <vector>

namespace lockstep {

using Encoded = std::vector<std::byte>;
using Pixels = std::vector<std::uint8_t>;

enum class JpegKind { grey, rgb, cmyk, progressive_rgb };

/// A JPEG of these pixels [height, width, 1, 3 or 4], at quality 95 without chroma subsampling.
/// CMYK is stored unchanged, under Adobe's marker.
Encoded encode_jpeg(const Pixels& pixels, int height, int width, JpegKind kind);

struct JpegLayout {
  int channels = 3;  ///< 1 or 3
  int across = 1;    ///< luma samples to one of chroma, in a row
  int down = 1;      ///< and in a column
  bool progressive = false;
  int quality = 90;
  bool inks = false;  ///< 4 channels, CMYK (YCCK where `ycck`)
  bool ycck = false;
  bool adobe_marker = true;  ///< where `inks`
};

/// A JPEG of these pixels [height, width, channels] as it is laid out.
Encoded encode_jpeg_as(const JpegLayout& layout, const Pixels& pixels, int height, int width);

struct PngKind {
  std::uint8_t color_type = SPNG_COLOR_TYPE_TRUECOLOR;
  std::uint8_t bit_depth = 8;
  bool interlaced = false;
  std::uint32_t transparent_entries = 0;  ///< of the palette: wholly transparent
};

/// A PNG of pixels as its format wants them (16 bits in the machine's byte order, fewer than 8
/// packed). A palette of `palette` RGB entries is added where the colour type is indexed.
Encoded encode_png(std::span<const std::uint8_t> pixels, int height, int width, const PngKind& kind,
                   const std::vector<spng_plte_entry>& palette = {});

}  // namespace lockstep
