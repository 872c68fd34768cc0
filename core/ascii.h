#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace lockstep {

/// `text` with A to Z as a to z; all other bytes stay, whatever the locale.
inline std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return lower;
}

}  // namespace lockstep
