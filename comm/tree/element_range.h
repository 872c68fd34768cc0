#pragma once

#include <cstdint>

namespace lockstep {

/// Elements [begin, end) of a flat buffer.
struct ElementRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
  bool operator==(const ElementRange&) const = default;
};

/// The least multiple of `granule` that is not below `n`.
std::int64_t round_up(std::int64_t n, std::int64_t granule);

/// The length of the slices that `parts` ranks cut `elements` into: equal, and a multiple of
/// `granule`.
std::int64_t slice_length(ElementRange elements, int parts, std::int64_t granule);
/// Slice `part` of them, without what lies beyond the end: the last ones may be shorter, or empty.
ElementRange slice_of(ElementRange elements, int part, int parts, std::int64_t granule);

}  // namespace lockstep
