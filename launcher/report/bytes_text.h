#pragma once

#include <cstdint>
#include <string>

namespace lockstep {

/// A number of bytes for people: "17 B", "2.5 MiB".
std::string bytes_text(std::uint64_t bytes);

}  // namespace lockstep
