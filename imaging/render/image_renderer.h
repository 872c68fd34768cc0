#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "imaging/codec/decode.h"
#include "imaging/pixels/border.h"
#include "imaging/pixels/geometry.h"
#include "imaging/pixels/image.h"

namespace lockstep {

/// An image as a pack stores it: an encoded file, or raw pixels (HWC) of the shape given.
struct StoredImage {
  std::span<const std::byte> bytes;
  int height = 0;  ///< of raw pixels; all three are 0 for an encoded file
  int width = 0;
  int channels = 0;  ///< 1 or 3

  bool is_raw() const { return channels != 0; }
};

/// Where a picture goes: dense pixels (HWC) that the caller owns.
struct ImageTarget {
  std::uint8_t* pixels = nullptr;
  int height = 0;
  int width = 0;
  int channels = 0;  ///< 1 or 3
};

/// Decodes as much of an image as a picture of it needs, and resamples it once, straight to the
/// picture. Reuses its buffers: one object per thread.
///
///     ImageRenderer renderer;
///     const ImageInfo info = renderer.open(image);
///     renderer.render(output_to_source, Border::black, {pixels.data(), 224, 224, 3});
class ImageRenderer {
 public:
  ImageRenderer();
  ~ImageRenderer();
  ImageRenderer(ImageRenderer&&) noexcept;
  ImageRenderer& operator=(ImageRenderer&&) noexcept;

  /// Reads the header of `image`, whose bytes must stay until its last render(). The size is that
  /// of the upright image. Throws Error(data) as probe_image.
  ImageInfo open(const StoredImage& image);

  /// Draws the open image, upright: pixel (x, y) of `target` shows what lies around
  /// output_to_source(x + 1/2, y + 1/2) in it, averaged over the area that the pixel covers there.
  /// Channels are converted as decode() does. May be called more than once. Throws Error(data)
  /// where what is needed of the image is damaged.
  void render(const Homography& output_to_source, Border border, const ImageTarget& target);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lockstep
