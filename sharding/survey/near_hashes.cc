#include "sharding/survey/near_hashes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <vector>

namespace lockstep {
namespace {

constexpr std::size_t kBlocks = kNearBits + 2;
constexpr std::array<unsigned, kBlocks + 1> kBlockStart = {0, 11, 22, 33, 44, 54, 64};
/// Hashes that each one meets at most in one table.
constexpr std::size_t kWindow = 512;
/// A table's entries are the two blocks' bits above a number of this many bits.
constexpr unsigned kNumberBits = 42;

std::uint64_t block(std::uint64_t hash, std::size_t b) {
  const unsigned bits = kBlockStart[b + 1] - kBlockStart[b];
  return hash >> kBlockStart[b] & ((std::uint64_t{1} << bits) - 1);
}

/// Whether (a, b) are the first two blocks in which the hashes agree: a pair that meets in several
/// tables is reported once.
bool meet_first(std::uint64_t difference, std::size_t a, std::size_t b) {
  for (std::size_t other = 0; other < b; ++other) {
    if (other != a && block(difference, other) == 0) return false;
  }
  return true;
}

}  // namespace

void visit_near_pairs(std::span<const std::uint64_t> hashes,
                      const std::function<void(std::size_t i, std::size_t j, int bits)>& visit) {
  assert(hashes.size() < std::uint64_t{1} << kNumberBits);
  constexpr std::uint64_t number_mask = (std::uint64_t{1} << kNumberBits) - 1;
  std::vector<std::uint64_t> table(hashes.size());
  for (std::size_t a = 0; a < kBlocks; ++a) {
    for (std::size_t b = a + 1; b < kBlocks; ++b) {
      const unsigned low_bits = kBlockStart[a + 1] - kBlockStart[a];
      for (std::size_t i = 0; i < hashes.size(); ++i) {
        const std::uint64_t key = block(hashes[i], b) << low_bits | block(hashes[i], a);
        table[i] = key << kNumberBits | i;
      }
      std::ranges::sort(table);
      for (std::size_t x = 0; x < table.size(); ++x) {
        const std::size_t end = std::min(table.size(), x + 1 + kWindow);
        for (std::size_t y = x + 1; y < end && table[x] >> kNumberBits == table[y] >> kNumberBits;
             ++y) {
          const std::size_t i = table[x] & number_mask;
          const std::size_t j = table[y] & number_mask;
          const std::uint64_t difference = hashes[i] ^ hashes[j];
          const int bits = std::popcount(difference);
          if (bits <= kNearBits && meet_first(difference, a, b)) visit(i, j, bits);
        }
      }
    }
  }
}

}  // namespace lockstep
