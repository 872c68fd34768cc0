#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace lockstep {

/// `data` has the bytes of `signature`, which may hold zeros, at `offset`.
bool has_signature(std::span<const std::byte> data, std::string_view signature,
                   std::size_t offset = 0);

/// `data` has the bytes of `signature` anywhere; searched from the end.
bool contains_signature(std::span<const std::byte> data, std::string_view signature);

}  // namespace lockstep
