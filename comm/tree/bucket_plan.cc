#include "comm/tree/bucket_plan.h"

#include <algorithm>
#include <cassert>

namespace lockstep {

std::vector<ElementRange> plan_buckets(std::int64_t elements, std::int64_t first_elements,
                                       std::int64_t bucket_elements, std::int64_t granule) {
  assert(first_elements > 0 && bucket_elements > 0 && granule > 0);
  std::vector<ElementRange> buckets;
  std::int64_t size = first_elements;
  for (std::int64_t end = elements; end > 0; end = buckets.back().begin) {
    buckets.push_back(
        {.begin = std::max<std::int64_t>(0, round_up(end, granule) - round_up(size, granule)),
         .end = end});
    size = bucket_elements;
  }
  return buckets;
}

BucketTracker::BucketTracker(std::vector<ElementRange> buckets) : buckets_(std::move(buckets)) {
  reset();
}

int BucketTracker::ready(std::int64_t begin, std::int64_t end) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    missing_[i] -= std::max<std::int64_t>(
        0, std::min(end, buckets_[i].end) - std::max(begin, buckets_[i].begin));
    assert(missing_[i] >= 0);
  }
  while (complete_ < std::ssize(buckets_) && missing_[complete_] == 0) ++complete_;
  return complete_;
}

void BucketTracker::reset() {
  missing_.clear();
  for (const ElementRange& bucket : buckets_) missing_.push_back(bucket.size());
  complete_ = 0;
}

}  // namespace lockstep
