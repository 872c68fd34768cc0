#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/random.h"
#include "sharding/synthetic/synthetic_options.h"

namespace lockstep {

/// Red, green and blue from 0 to 1; of a grey picture the first counts.
using Color = std::array<double, 3>;

/// Writes the pixels of a sample, from the upper left to the lower right, with noise.
///
///     NoisyPixels pixels(options, sample, 0.05, bytes);
///     for (int i = 0; i < options.size * options.size; ++i) pixels.put({0.5, 0.5, 0.5});
class NoisyPixels {
 public:
  /// `deviation` is the noise's standard deviation; `bytes` [size x size x channels] is written to.
  NoisyPixels(const SyntheticOptions& options, std::uint64_t sample, double deviation,
              std::span<std::byte> bytes)
      : channels_(static_cast<std::size_t>(options.channels)),
        scale_(deviation / kDeviation),
        random_(options.seed, RandomPurpose::synthetic,
                static_cast<std::uint64_t>(SyntheticNumbers::noise), sample),
        next_(bytes.data()) {}

  void put(const Color& color) {
    for (std::size_t channel = 0; channel < channels_; ++channel) {
      const double level = 255 * (color[channel] + scale_ * noise()) + 0.5;
      *next_++ = static_cast<std::byte>(std::clamp(level, 0.0, 255.0));
    }
  }

 private:
  /// Of four random bytes: their sum is nearly normal.
  static constexpr double kMean = 510;
  static constexpr double kDeviation = 147.8005;

  double noise() {
    const std::uint32_t bits = random_.bits();
    const std::uint32_t sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24);
    return static_cast<double>(sum) - kMean;
  }

  std::size_t channels_;
  double scale_;
  RandomSequence random_;
  std::byte* next_;
};

}  // namespace lockstep
