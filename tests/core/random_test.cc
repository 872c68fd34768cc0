#include "core/random.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

using Block = std::array<std::uint32_t, 4>;

// Random123 1.14, tests/kat_vectors: "philox4x32 10".
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// Runs are compared across versions of the program: these numbers may not change.
TEST(RandomSequence, IsFrozen) {
  RandomSequence sequence(42, RandomPurpose::augmentation, 3, 17);
  const std::vector<std::uint32_t> first = {sequence.bits(), sequence.bits(), sequence.bits(),
                                            sequence.bits(), sequence.bits()};
  EXPECT_EQ(first, (std::vector<std::uint32_t>{2971883837u, 1818280370u, 3502374036u, 529927647u,
                                               3647211734u}));
  EXPECT_EQ(random_bits(42, RandomPurpose::augmentation, 3, 17),
            first[0] | std::uint64_t{first[1]} << 32);
}

TEST(RandomSequence, EveryArgumentMatters) {
  std::set<std::uint64_t> seen;
  std::size_t made = 0;
  for (const std::uint64_t seed : {0ull, 1ull, 1ull << 32}) {
    for (const auto purpose : {RandomPurpose::order, RandomPurpose::augmentation}) {
      for (const std::uint64_t a : {0ull, 1ull, 1ull << 32, 1ull << 63}) {
        for (const std::uint64_t b : {0ull, 1ull, 2ull, 1ull << 32, 1ull << 63}) {
          seen.insert(random_bits(seed, purpose, a, b));
          ++made;
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), made);
}

TEST(RandomSequence, UniformStaysInItsRange) {
  RandomSequence sequence(1, RandomPurpose::augmentation, 0, 0);
  double sum = 0;
  constexpr int draws = 100000;
  for (int i = 0; i < draws; ++i) {
    const float value = sequence.uniform();
    ASSERT_GE(value, 0.0f);
    ASSERT_LT(value, 1.0f);
    sum += value;
  }
  EXPECT_NEAR(sum / draws, 0.5, 5 / std::sqrt(12.0 * draws));
}

TEST(RandomSequence, BelowIsUniform) {
  RandomSequence sequence(7, RandomPurpose::split, 0, 0);
  for (const std::uint32_t bound : {1u, 2u, 3u, 10u, 33u}) {
    std::vector<int> counts(bound);
    const int draws = static_cast<int>(bound) * 2000;
    for (int i = 0; i < draws; ++i) ++counts.at(sequence.below(bound));
    for (const int count : counts) EXPECT_NEAR(count, 2000, 5 * std::sqrt(2000.0));
  }
}

// With 3 x 2^30 numbers, a plain multiply-and-shift would give one result in three twice as often.
TEST(RandomSequence, BelowIsUnbiasedForLargeBounds) {
  constexpr std::uint32_t bound = 3u << 30;
  RandomSequence sequence(7, RandomPurpose::split, 0, 1);
  std::map<std::uint32_t, int> thirds;
  constexpr int draws = 30000;
  for (int i = 0; i < draws; ++i) {
    const std::uint32_t value = sequence.below(bound);
    ASSERT_LT(value, bound);
    ++thirds[value % 3];
  }
  for (const auto& [residue, count] : thirds) {
    EXPECT_NEAR(count, draws / 3, 5 * std::sqrt(draws * 2.0 / 9)) << "residue " << residue;
  }
}

TEST(RandomSequence, FlipFollowsItsProbability) {
  RandomSequence sequence(9, RandomPurpose::augmentation, 1, 1);
  constexpr int draws = 10000;
  int flips = 0;
  for (int i = 0; i < draws; ++i) {
    EXPECT_FALSE(sequence.flip(0));
    EXPECT_TRUE(sequence.flip(1));
    flips += sequence.flip(0.25f);
  }
  EXPECT_NEAR(flips, draws / 4, 5 * std::sqrt(draws * 3.0 / 16));
}

}  // namespace
}  // namespace lockstep
