#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sharding/pack.h"

namespace lockstep {

struct SplitSummary {
  std::string name;
  std::uint64_t samples = 0;
  std::uint64_t shards = 0;
  std::uint64_t image_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint32_t min_height = 0;  ///< over all samples, in pixels
  std::uint32_t max_height = 0;
  std::uint32_t min_width = 0;
  std::uint32_t max_width = 0;
  std::vector<std::uint64_t> class_samples;  ///< of each class; empty where labels are no classes
};

/// Counts what a pack holds, from its indexes alone. One entry a split. Throws Error(data) where
/// the pack is damaged.
std::vector<SplitSummary> summarize(const Pack& pack);

}  // namespace lockstep
