#pragma once

#include <cstdint>
#include <vector>

#include "comm/tree/element_range.h"

namespace lockstep {

/// Cuts [0, elements) into buckets, listed from the end of the buffer to its start, since backward
/// completes the last parameters' gradients first. The first in the list holds at most
/// `first_elements` (so that sending begins early), the others at most `bucket_elements`; each
/// starts at a multiple of `granule`, to which both sizes are rounded up.
std::vector<ElementRange> plan_buckets(std::int64_t elements, std::int64_t first_elements,
                                       std::int64_t bucket_elements, std::int64_t granule);

/// Which buckets may be sent, while elements become ready in any order: always in the plan's order,
/// which is the same on all ranks, as collectives must be.
///
///     BucketTracker tracker(plan_buckets(elements, first, size, granule));
///     send_until(tracker.ready(begin, end));   // as backward completes ranges
class BucketTracker {
 public:
  explicit BucketTracker(std::vector<ElementRange> buckets);

  /// Elements [begin, end), each once a step, are ready. Returns how many buckets may be sent now,
  /// of all in the list.
  int ready(std::int64_t begin, std::int64_t end);
  /// Forgets what was ready, for the next step.
  void reset();

 private:
  std::vector<ElementRange> buckets_;
  std::vector<std::int64_t> missing_;  // [buckets] elements that are not ready
  int complete_ = 0;                   // leading buckets that are complete
};

}  // namespace lockstep
