#pragma once

#include <cstdint>

#include "sharding/source/source_options.h"

namespace lockstep {

inline constexpr std::uint64_t kDefaultSyntheticSamples = 10'000;
inline constexpr std::uint64_t kMostSyntheticSamples = 10'000'000;
inline constexpr int kDefaultSyntheticClasses = 10;
inline constexpr int kLeastSyntheticClasses = 2;
inline constexpr int kMostSyntheticClasses = 1000;
inline constexpr int kDefaultSyntheticSize = 32;
inline constexpr int kLeastSyntheticSize = 8;
inline constexpr int kMostSyntheticSize = 512;

/// What is drawn.
struct SyntheticOptions {
  SyntheticKind kind = SyntheticKind::shapes;
  std::uint64_t samples = kDefaultSyntheticSamples;
  int classes = kDefaultSyntheticClasses;
  int size = kDefaultSyntheticSize;  ///< height and width, in pixels
  int channels = 3;                  ///< 1 grey or 3 RGB
  std::uint64_t seed = 1;

  /// Classes take turns, so that any run of samples is balanced.
  int class_of(std::uint64_t sample) const {
    return static_cast<int>(sample % static_cast<std::uint64_t>(classes));
  }
  /// How many samples are of class `label`.
  std::uint64_t samples_of(int label) const {
    const auto count = static_cast<std::uint64_t>(classes);
    return samples / count + (static_cast<std::uint64_t>(label) < samples % count ? 1 : 0);
  }
};

/// What a drawing takes random numbers for: the first number of their counters, after the seed and
/// RandomPurpose::synthetic. Fixed: they are part of the pictures.
enum class SyntheticNumbers : std::uint64_t {
  pattern = 0,  ///< what all samples of a class share; by class
  drawing = 1,  ///< place, size, brightness …; by sample
  noise = 2,    ///< by sample
};

/// What the options of a `pack --synthetic` say, whose numbers are in their ranges. Throws
/// Error(usage) where --classes is not a number of classes.
SyntheticOptions synthetic_options(const SourceOptions& options);

}  // namespace lockstep
