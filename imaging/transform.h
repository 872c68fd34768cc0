#pragma once

#include <cstdint>
#include <span>

#include "core/random.h"
#include "imaging/augment_options.h"
#include "imaging/image_renderer.h"

namespace lockstep {

/// What was drawn for one image, in pixels of the network's input. Default: nothing is done. All of
/// it is geometry that composes into one map from output to input pixels, so the image is resampled
/// once however many operations there are.
struct Augmentation {
  int shift_y = 0;  ///< output pixel (y, x) shows input pixel (y + shift_y, x + shift_x); black
                    ///< outside of the image
  int shift_x = 0;
  bool flip = false;  ///< mirror left to right, after the shift

  bool operator==(const Augmentation&) const = default;
};

/// Draws from `random`: a pure function of the options and the sequence. An operation that is off
/// draws nothing.
Augmentation draw_augmentation(const AugmentOptions& options, RandomSequence& random);

struct TransformOptions {
  int height = 0;  ///< of the network's input
  int width = 0;
  int channels = 3;  ///< 1 or 3
};

/// From a stored image to the network's input, still as 8-bit pixels: decode, crop the centre to
/// the target's shape, resize, augment. For a square target that is "the shorter side to size, then
/// the centre". Reuses its buffers: one object per thread.
class ImageTransform {
 public:
  /// Throws Error(usage) where the options make no sense.
  explicit ImageTransform(const TransformOptions& options);

  /// Bytes of one image: height x width x channels.
  std::size_t size() const;

  /// Writes `out` [height x width x channels].
  void apply(const StoredImage& image, const Augmentation& augmentation,
             std::span<std::uint8_t> out);

 private:
  TransformOptions options_;
  ImageRenderer renderer_;
};

}  // namespace lockstep
