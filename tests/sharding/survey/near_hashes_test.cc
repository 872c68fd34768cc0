#include "sharding/survey/near_hashes.h"

#include <bit>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

using Pairs = std::map<std::pair<std::size_t, std::size_t>, int>;

Pairs found_pairs(const std::vector<std::uint64_t>& hashes) {
  Pairs pairs;
  visit_near_pairs(hashes, [&](std::size_t i, std::size_t j, int bits) {
    EXPECT_LT(i, j);
    EXPECT_TRUE(pairs.emplace(std::pair(i, j), bits).second) << "told twice";
  });
  return pairs;
}

Pairs all_pairs(const std::vector<std::uint64_t>& hashes) {
  Pairs pairs;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    for (std::size_t j = i + 1; j < hashes.size(); ++j) {
      const int bits = std::popcount(hashes[i] ^ hashes[j]);
      if (bits <= kNearBits) pairs[{i, j}] = bits;
    }
  }
  return pairs;
}

TEST(NearHashes, AreThoseThatComparingAllPairsFinds) {
  std::mt19937_64 random(3);
  std::vector<std::uint64_t> hashes;
  for (int i = 0; i < 1500; ++i) {
    // Every second one a few bits beside an earlier one, so that all distances occur.
    std::uint64_t hash = random();
    if (i % 2 == 1) {
      hash = hashes[random() % hashes.size()];
      for (auto flips = random() % 7; flips > 0; --flips) hash ^= std::uint64_t{1} << random() % 64;
    }
    hashes.push_back(hash);
  }
  const Pairs expected = all_pairs(hashes);
  EXPECT_GT(expected.size(), 500u);
  EXPECT_EQ(found_pairs(hashes), expected);
}

TEST(NearHashes, MayDifferInAnyFourBits) {
  std::mt19937_64 random(4);
  const std::uint64_t hash = random();
  for (unsigned a = 0; a < 64; a += 3) {
    for (unsigned b = a + 1; b < 64; b += 5) {
      for (unsigned c = b + 1; c < 64; c += 7) {
        const std::uint64_t other =
            hash ^ (1ull << a) ^ (1ull << b) ^ (1ull << c) ^ (1ull << ((c + 1) % 64));
        if (std::popcount(hash ^ other) != 4) continue;
        EXPECT_EQ(found_pairs({hash, other}).size(), 1u);
      }
    }
  }
  EXPECT_TRUE(found_pairs({hash, hash ^ 0x1f}).empty());
}

TEST(NearHashes, OfVeryManyEqualOnesAreBounded) {
  const std::vector<std::uint64_t> hashes(3000, 42);
  const Pairs pairs = found_pairs(hashes);
  EXPECT_LE(pairs.size(), hashes.size() * 512);
  for (std::size_t i = 0; i + 1 < hashes.size(); ++i) EXPECT_TRUE(pairs.contains({i, i + 1}));
}

TEST(NearHashes, OfNothingAreNone) { EXPECT_TRUE(found_pairs({}).empty()); }

}  // namespace
}  // namespace lockstep
