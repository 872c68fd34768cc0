#include "core/hash.h"

#include <cstddef>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(Hash, KnownAnswers) {
  EXPECT_EQ(xxh3_64({}), 0x2d06800538d394c2u);
  EXPECT_EQ(xxh3_128_hex({}), "99aa06d3014798d86001c324468d497f");
  // `printf abc | xxhsum -H2` and `xxhsum -H3`
  EXPECT_EQ(xxh3_128_hex(bytes_of("abc")), "06b05ab6733a618578af5f94892f3950");
  EXPECT_EQ(xxh3_64(bytes_of("abc")), 0x78af5f94892f3950u);
}

TEST(Hash, PiecesGiveTheHashOfTheWhole) {
  std::vector<std::byte> whole(10000);
  for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = static_cast<std::byte>(i * 31);
  for (const std::size_t piece : {1u, 7u, 255u, 1024u, 9999u, 10000u}) {
    Hasher hasher;
    for (std::size_t at = 0; at < whole.size(); at += piece) {
      hasher.update(std::span(whole).subspan(at, std::min(piece, whole.size() - at)));
    }
    EXPECT_EQ(hasher.hex(), xxh3_128_hex(whole)) << "pieces of " << piece;
  }
}

TEST(Hash, HexMayBeAskedInTheMiddle) {
  Hasher hasher;
  hasher.update("ab");
  EXPECT_EQ(hasher.hex(), xxh3_128_hex(bytes_of("ab")));
  hasher.update("c");
  EXPECT_EQ(hasher.hex(), xxh3_128_hex(bytes_of("abc")));
}

}  // namespace
}  // namespace lockstep
