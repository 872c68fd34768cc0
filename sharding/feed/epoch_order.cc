#include "sharding/feed/epoch_order.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "core/random.h"

namespace lockstep {
namespace {

// Over a few bits a Feistel network reaches only some of the permutations. A small n is therefore
// walked inside a domain of this many bits; it costs walks where there is little to walk over.
constexpr int kFewestBits = 10;

/// The round function: the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014), every output bit of which depends on every input
/// bit.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

EpochOrder::EpochOrder(std::uint64_t n, std::uint64_t seed, std::uint64_t epoch,
                       std::uint64_t stream)
    : n_(n) {
  assert(n >= 1 && n <= std::uint64_t{1} << 63);
  const int bits = std::max(static_cast<int>(std::bit_width(n - 1)), kFewestBits);
  low_bits_ = bits / 2;
  low_mask_ = (std::uint64_t{1} << low_bits_) - 1;
  high_mask_ = (std::uint64_t{1} << (bits - low_bits_)) - 1;
  RandomSequence random(seed, RandomPurpose::order, epoch, stream);
  for (std::uint64_t& key : keys_) {
    key = std::uint64_t{random.bits()} << 32;
    key |= random.bits();
  }
}

std::uint64_t EpochOrder::operator[](std::uint64_t position) const {
  assert(position < n_);
  if (n_ == 1) return 0;
  std::uint64_t value = position;
  do {
    std::uint64_t high = value >> low_bits_;
    std::uint64_t low = value & low_mask_;
    for (int round = 0; round < kRounds; round += 2) {
      high ^= mix(low ^ keys_[round]) & high_mask_;
      low ^= mix(high ^ keys_[round + 1]) & low_mask_;
    }
    value = high << low_bits_ | low;
  } while (value >= n_);
  return value;
}

}  // namespace lockstep
