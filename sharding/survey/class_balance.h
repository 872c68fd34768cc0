#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockstep {

/// How evenly samples are spread over classes.
struct ClassBalance {
  std::size_t largest = 0;   ///< the class with the most samples
  std::size_t smallest = 0;  ///< the class with the fewest, of those that have any
  std::size_t empty = 0;     ///< classes without a sample
  double ratio = 1;          ///< samples of the largest for each of the smallest
  /// The number of classes of equal size that would be as hard to guess: e to the entropy of the
  /// shares.
  double effective_classes = 0;
};

/// `class_samples` holds one count a class, not all of them 0.
ClassBalance class_balance(std::span<const std::uint64_t> class_samples);

/// From this ratio on, the rare classes need help in training.
inline constexpr double kLargeImbalance = 5;

}  // namespace lockstep
