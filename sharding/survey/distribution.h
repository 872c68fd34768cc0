#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// How numbers are distributed. Quartiles are interpolated linearly between the two nearest
/// (NumPy's default); `std` is that of the numbers themselves (divided by their count).
struct Distribution {
  std::uint64_t count = 0;  ///< finite numbers; where it is 0, so is all else
  double min = 0;
  double lower_quartile = 0;
  double median = 0;
  double upper_quartile = 0;
  double max = 0;
  double mean = 0;
  double std = 0;
  /// Counts of equal parts of [min, max], the last one closed.
  std::vector<std::uint64_t> histogram;

  bool operator==(const Distribution&) const = default;
};

/// Puts `values` in order. Those that are not finite are left out.
Distribution distribution_of(std::span<float> values, std::size_t histogram_parts = 0);

}  // namespace lockstep
