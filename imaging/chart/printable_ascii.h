#pragma once

#include <string>
#include <string_view>

namespace lockstep {

/// `text` (UTF-8) with one '?' for each character outside of printable ASCII: what charts can draw.
std::string printable_ascii(std::string_view text);

}  // namespace lockstep
