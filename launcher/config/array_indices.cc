#include "launcher/config/array_indices.h"

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>

#include "core/checked.h"

namespace lockstep {

std::vector<int> array_indices(std::string_view array) {
  constexpr std::size_t kMost = 100'000;
  std::vector<int> indices;
  std::istringstream ranges{std::string(array.substr(0, array.find('%')))};
  for (std::string text; std::getline(ranges, text, ',');) {
    const std::string_view range = text, ends = range.substr(0, range.find(':'));
    const std::size_t dash = ends.find('-');
    const auto first = parse_number<int>(ends.substr(0, dash));
    const auto last = dash == ends.npos ? first : parse_number<int>(ends.substr(dash + 1));
    const auto step = ends.size() == range.size()
                          ? std::optional(1)
                          : parse_number<int>(range.substr(ends.size() + 1));
    if (!first || !last || !step || *first < 0 || *step < 1 || *first > *last) return {};
    for (std::int64_t index = *first; index <= *last; index += *step) {
      if (indices.size() == kMost) return {};
      indices.push_back(static_cast<int>(index));
    }
  }
  return indices;
}

std::string with_array_index(std::string text, std::string_view index) {
  for (std::size_t at; (at = text.find(kArrayIndex)) != std::string::npos;) {
    text.replace(at, kArrayIndex.size(), index);
  }
  return text;
}

}  // namespace lockstep
