#pragma once

#include <cstddef>
#include <vector>

#include "imaging/pixels/image.h"

namespace lockstep {

/// `image` as a baseline JPEG: `quality` 1 to 100 on libjpeg's scale, chroma at half the resolution
/// (4:2:0), Huffman tables made for this image. The same pixels give the same bytes. Throws
/// Error(usage) where the quality is out of range.
std::vector<std::byte> encode_jpeg(const ImageView& image, int quality);

/// `image` as an 8-bit PNG, grey or RGB. The same pixels give the same bytes.
std::vector<std::byte> encode_png(const ImageView& image);

}  // namespace lockstep
