#include "core/checked.h"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

#include "tests/message_of.h"

namespace lockstep {
namespace {

constexpr auto max64 = std::numeric_limits<std::uint64_t>::max();

TEST(Checked, PassesWhatFits) {
  EXPECT_EQ(checked_add<std::uint64_t>(max64 - 1, 1, "size"), max64);
  EXPECT_EQ(checked_mul<std::uint64_t>(1u << 31, 2, "size"), std::uint64_t{1} << 32);
  EXPECT_EQ((checked_cast<std::uint8_t>(255, "channels")), 255);
}

TEST(Checked, NamesWhatOverflows) {
  EXPECT_THROW(checked_add<std::uint64_t>(max64, 1, "size"), Error);
  EXPECT_THROW(checked_mul<std::int32_t>(1 << 30, 2, "size"), Error);
  EXPECT_THROW((checked_cast<std::uint64_t>(-1, "size")), Error);
  EXPECT_EQ(message_of(ExitCode::data, [&] { checked_cast<std::uint8_t>(256, "channels"); }),
            "channels is out of range: 256");
}

}  // namespace
}  // namespace lockstep
