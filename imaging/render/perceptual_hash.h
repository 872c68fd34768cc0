#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "imaging/render/image_renderer.h"

namespace lockstep {

/// Height and width of a thumbnail.
inline constexpr int kThumbnailSide = 32;

/// A whole image in 32 x 32 grey pixels, whatever its proportions, row by row.
using Thumbnail = std::array<std::uint8_t, std::size_t{kThumbnailSide} * kThumbnailSide>;

/// Draws thumbnails, decoding no more than they need. One object per thread.
///
///     Thumbnailer thumbnailer;
///     thumbnailer.draw(image, thumbnail);
///     const std::optional<std::uint64_t> hash = perceptual_hash(thumbnail);
class Thumbnailer {
 public:
  /// Throws Error(data) where the image is damaged.
  void draw(const StoredImage& image, Thumbnail& thumbnail);

 private:
  ImageRenderer renderer_;
};

/// 64 bits that change little when an image is scaled, compressed anew or made brighter. Bit k says
/// whether the k-th coefficient of the thumbnail's discrete cosine transform, by rising frequency
/// and without the mean, lies above the median of the 64 (Zauner, "Implementation and benchmarking
/// of perceptual image hash functions", 2010, with the frequencies taken in zigzag order). nullopt
/// for a flat image, whose coefficients are noise.
std::optional<std::uint64_t> perceptual_hash(const Thumbnail& thumbnail);

/// The correlation of two thumbnails' pixels, -1 to 1: independent of brightness and contrast. 0
/// where one of them has a single colour.
double similarity(const Thumbnail& a, const Thumbnail& b);

}  // namespace lockstep
