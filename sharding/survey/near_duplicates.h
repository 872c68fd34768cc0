#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/progress.h"
#include "sharding/survey/pack_samples.h"

namespace lockstep {

/// Two images whose thumbnails correlate at least this much are near duplicates.
inline constexpr double kNearSimilarity = 0.99;

/// Two samples that look the same; first < second.
struct NearPair {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  double similarity = 0;
};

struct NearDuplicates {
  std::vector<NearPair> pairs;  ///< by `second`, then `first`
  std::uint64_t flat = 0;       ///< samples of nearly one colour: they were not compared
};

/// Decodes the samples for which `skip` is false and compares them. Of the samples before it, each
/// is compared with the eight nearest hashes of its own split and the eight nearest of others.
/// `jobs` > 0 threads; the result is the same. `progress` counts images, then candidates.
NearDuplicates find_near_duplicates(const PackSamples& samples,
                                    const std::function<bool(std::uint64_t)>& skip, int jobs,
                                    const Progress& progress);

}  // namespace lockstep
