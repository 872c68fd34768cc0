#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/random.h"
#include "imaging/augment_options.h"
#include "imaging/image.h"

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
  int channels = 3;         ///< 1 or 3
  std::vector<float> mean;  ///< one per channel, or one for all, in units of white = 1
  std::vector<float> std;
};

/// From 8-bit pixels to the network's input: crop the centre to the target's shape, resize,
/// augment, normalise. For a square target that is "the shorter side to size, then the centre".
/// Resizing averages areas to shrink and is bilinear to enlarge. An image that has the target's
/// size already goes from its bytes to floats in one pass. Reuses its buffers: one object per
/// thread.
class ImageTransform {
 public:
  /// Throws Error(usage) where the options make no sense.
  explicit ImageTransform(const TransformOptions& options);

  /// Floats of one image: height x width x channels.
  std::size_t size() const;

  /// Writes (x / 255 - mean) / std to `out` [height x width x channels]. Padding is black: 0 before
  /// normalisation.
  void apply(ImageView image, const Augmentation& augmentation, std::span<float> out);

 private:
  TransformOptions options_;
  std::vector<std::array<float, 256>> normalised_;  ///< [channels][pixel value]
  Image converted_;
  Image resized_;
};

}  // namespace lockstep
