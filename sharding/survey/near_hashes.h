#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace lockstep {

/// Hashes that differ in at most this many bits are near.
inline constexpr int kNearBits = 4;

/// Calls `visit(i, j, bits)` with i < j once for each pair of near hashes; `bits` is how many
/// differ. Not all pairs are compared: of six blocks of bits, near hashes share at least two, so
/// only hashes that agree in some two blocks (about 2^21 values) meet (Manku et al., "Detecting
/// near-duplicates for web crawling", WWW 2007). Takes 15 sorts of 8 bytes a hash. Where very many
/// hashes agree in two blocks, each meets the next 512 of them by number, which bounds the time.
void visit_near_pairs(std::span<const std::uint64_t> hashes,
                      const std::function<void(std::size_t i, std::size_t j, int bits)>& visit);

}  // namespace lockstep
