#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/random.h"
#include "imaging/augment/augment_options.h"
#include "imaging/augment/augmentation.h"
#include "imaging/render/image_renderer.h"

namespace lockstep {

struct TransformOptions {
  int height = 0;  ///< of the network's input
  int width = 0;
  int channels = 3;  ///< 1 or 3
  /// What random erasing leaves, a level for each channel; the data's mean becomes 0 (to within
  /// half a level) when it is normalised.
  std::array<std::uint8_t, 3> fill{};
};

/// A mean in units of white = 1, one number per channel or one for all, as TransformOptions::fill.
std::array<std::uint8_t, 3> fill_of_mean(std::span<const float> mean);

/// From a stored image to the network's input, still as 8-bit pixels. Reuses its buffers: one
/// object per thread.
///
///     ImageTransform transform({.height = 224, .width = 224}, augment);
///     std::vector<std::uint8_t> pixels(transform.size());
///     transform.apply(image, RandomSequence(seed, RandomPurpose::augmentation, epoch, position),
///     pixels);
class ImageTransform {
 public:
  /// Throws Error(usage) where the options make no sense.
  explicit ImageTransform(const TransformOptions& options, const AugmentOptions& augment = {});

  /// Bytes of one image: height x width x channels.
  std::size_t size() const;

  /// For evaluation: the image's centre in the target's shape. For a square target that is "the
  /// shorter side to size / eval_crop, then the centre". Writes `out` [height x width x channels].
  void apply(const StoredImage& image, std::span<std::uint8_t> out);

  /// For training: as drawn from `random`.
  void apply(const StoredImage& image, RandomSequence random, std::span<std::uint8_t> out);

 private:
  void draw(const Augmentation& augmentation, std::span<std::uint8_t> out);

  TransformOptions options_;
  AugmentOptions augment_;
  ImageRenderer renderer_;
  PixelProcessor processor_;
};

}  // namespace lockstep
