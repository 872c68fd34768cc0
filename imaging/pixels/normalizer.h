#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// Pixels to what a network takes: (x / 255 - mean) / std. Thread-safe.
///
///     const Normalizer normalizer(3, mean, std);
///     normalizer.apply(pixels, floats);
class Normalizer {
 public:
  /// `mean` and `std` hold one number per channel, or one for all, in units of white = 1. Throws
  /// Error(usage) where they hold neither, Error(data) where a std is not positive.
  Normalizer(int channels, std::span<const float> mean, std::span<const float> std);

  /// `pixels` [pixels, channels] to `out` of the same size.
  void apply(std::span<const std::uint8_t> pixels, std::span<float> out) const;

 private:
  std::vector<std::array<float, 256>> normalised_;  ///< [channels][pixel value]
};

}  // namespace lockstep
