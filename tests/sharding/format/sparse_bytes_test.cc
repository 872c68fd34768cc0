#include "sharding/format/sparse_bytes.h"

#include <algorithm>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(SparseBytes, ReadsWhatWasWrittenAndZerosElsewhere) {
  SparseBytes sparse;
  std::vector<std::byte> expected(200'000);
  std::minstd_rand random(1);
  for (int i = 0; i < 40; ++i) {
    const std::size_t at = random() % 150'000;
    std::vector<std::byte> bytes(random() % 40'000 + 1);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    sparse.write(at, bytes);
    std::ranges::copy(bytes, expected.begin() + static_cast<std::ptrdiff_t>(at));
    const std::size_t from = random() % 100'000;
    std::vector<std::byte> found(random() % 100'000, std::byte{1});
    sparse.read(from, found);
    EXPECT_TRUE(std::ranges::equal(found, std::span(expected).subspan(from, found.size())));
  }
}

TEST(SparseBytes, ItsSizeIsTheEndOfWhatWasWrittenOrAsSet) {
  SparseBytes sparse;
  EXPECT_EQ(sparse.size(), 0u);
  const std::byte byte{1};
  sparse.write(std::uint64_t{1} << 40, {&byte, 1});
  EXPECT_EQ(sparse.size(), (std::uint64_t{1} << 40) + 1);
  sparse.resize(10);
  EXPECT_EQ(sparse.size(), 10u);
}

}  // namespace
}  // namespace lockstep
