#include "core/random.h"

#include <cassert>

namespace lockstep {
namespace {

constexpr std::uint32_t low_half(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high_half(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {high_half(product1) ^ counter[1] ^ key[0], low_half(product1),
               high_half(product0) ^ counter[3] ^ key[1], low_half(product0)};
    key[0] += 0x9E3779B9;  // the golden ratio
    key[1] += 0xBB67AE85;  // sqrt(3) - 1
  }
  return counter;
}

std::uint64_t random_bits(std::uint64_t seed, RandomPurpose purpose, std::uint64_t a,
                          std::uint64_t b) {
  RandomSequence sequence(seed, purpose, a, b);
  const std::uint64_t low = sequence.bits();
  return low | std::uint64_t{sequence.bits()} << 32;
}

// Seed, purpose, a, b and the block number are more bits than one key and one counter hold. So
// (purpose, a) is encrypted under the seed, and half of the result is the key that (b, block) is
// encrypted under.
RandomSequence::RandomSequence(std::uint64_t seed, RandomPurpose purpose, std::uint64_t a,
                               std::uint64_t b)
    : counter_{0, 0, low_half(b), high_half(b)} {
  const auto derived =
      philox4x32({low_half(a), high_half(a), static_cast<std::uint32_t>(purpose), 0},
                 {low_half(seed), high_half(seed)});
  key_ = {derived[0], derived[1]};
}

std::uint32_t RandomSequence::bits() {
  if (used_ == block_.size()) {
    block_ = philox4x32(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  return block_[used_++];
}

float RandomSequence::uniform() { return static_cast<float>(bits() >> 8) * 0x1p-24f; }

std::uint32_t RandomSequence::below(std::uint32_t bound) {
  assert(bound > 0);
  std::uint64_t product = std::uint64_t{bits()} * bound;
  if (low_half(product) < bound) {
    const std::uint32_t threshold = (0u - bound) % bound;  // 2^32 mod bound
    while (low_half(product) < threshold) product = std::uint64_t{bits()} * bound;
  }
  return high_half(product);
}

bool RandomSequence::flip(float probability) { return uniform() < probability; }

}  // namespace lockstep
