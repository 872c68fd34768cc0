#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sharding/read/pack.h"
#include "sharding/survey/distribution.h"

namespace lockstep {

struct SplitSummary {
  std::string name;
  std::uint64_t samples = 0;
  std::uint64_t shards = 0;
  std::uint64_t image_bytes = 0;
  std::uint64_t file_bytes = 0;
  Distribution height;                       ///< in pixels
  Distribution width;                        ///< in pixels
  Distribution shorter_side;                 ///< in pixels
  Distribution aspect_ratio;                 ///< width / height
  std::vector<std::uint64_t> class_samples;  ///< of each class; empty where labels are not classes
  std::vector<Distribution> targets;         ///< of each target; empty unless labels are numbers
  std::vector<std::uint64_t>
      flag_samples;  ///< where each flag is set; empty unless labels are flags
};

/// Counts what a pack holds, from its indexes alone. One entry a split. Takes 12 bytes of memory a
/// sample of the largest split, and 4 for each of its targets. Throws Error(data) where the pack is
/// damaged.
std::vector<SplitSummary> summarize(const Pack& pack);

/// The size in pixels to train images of these shorter sides at: their own where all are equal,
/// else the largest common one, up to 224, that enlarges a quarter of them at most.
int advised_image_size(const Distribution& shorter_side);

}  // namespace lockstep
