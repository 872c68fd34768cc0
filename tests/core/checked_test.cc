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

TEST(ParseNumber, TakesTheWholeText) {
  EXPECT_EQ(parse_number<int>("12"), 12);
  EXPECT_EQ(parse_number<int>("+12"), 12);
  EXPECT_EQ(parse_number<int>("-12"), -12);
  EXPECT_EQ(parse_number<double>("+0.1"), 0.1);
  EXPECT_EQ(parse_number<double>(".5e-3"), 0.0005);
  for (const char* text : {"", "+", "+-1", "++1", " 1", "1 ", "1x", "0x10", "1,000", "one"}) {
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
    EXPECT_EQ(parse_number<double>(text), std::nullopt) << text;
  }
}

TEST(ParseNumber, RefusesWhatTheTypeCannotHold) {
  EXPECT_EQ(parse_number<int>("2147483648"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint64_t>("-1"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), ~std::uint64_t{0});
  EXPECT_EQ(parse_number<int>("1.5"), std::nullopt);
  for (const char* text : {"1e999", "inf", "nan", "-inf"}) {
    EXPECT_EQ(parse_number<double>(text), std::nullopt) << text;
  }
}

TEST(RangeText, SaysWhatIsExpected) {
  EXPECT_EQ(range_text(1, 8), "a whole number from 1 to 8");
  EXPECT_EQ(range_text<std::uint64_t>(1, ~std::uint64_t{0}), "a whole number of at least 1");
}

}  // namespace
}  // namespace lockstep
