#include "core/ascii.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(AsciiLower, ChangesAsciiLettersAlone) {
  EXPECT_EQ(ascii_lower("Train-01.JPG"), "train-01.jpg");
  EXPECT_EQ(ascii_lower("@[`{\xc3\x84"), "@[`{\xc3\x84");
  EXPECT_EQ(ascii_lower(""), "");
}

}  // namespace
}  // namespace lockstep
