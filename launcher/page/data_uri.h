#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// "data:image/png;base64,...": a file within a page (RFC 2397, RFC 4648).
std::string data_uri(std::string_view mime, std::span<const std::byte> bytes);

}  // namespace lockstep
