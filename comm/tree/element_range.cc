#include "comm/tree/element_range.h"

#include <algorithm>

namespace lockstep {

std::int64_t round_up(std::int64_t n, std::int64_t granule) {
  return (n + granule - 1) / granule * granule;
}

std::int64_t slice_length(ElementRange elements, int parts, std::int64_t granule) {
  return round_up(elements.size(), parts * granule) / parts;
}

ElementRange slice_of(ElementRange elements, int part, int parts, std::int64_t granule) {
  const std::int64_t length = slice_length(elements, parts, granule);
  const auto boundary = [&](int i) { return std::min(elements.begin + i * length, elements.end); };
  return {boundary(part), boundary(part + 1)};
}

}  // namespace lockstep
