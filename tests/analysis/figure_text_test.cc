#include "analysis/figure_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(FigureText, HasFractionsInPercentAndOthersAsTheyAre) {
  EXPECT_EQ(value_text("accuracy", 7.0 / 12), "58.33 %");
  EXPECT_EQ(value_text("valid/accuracy", 1), "100.00 %");
  EXPECT_EQ(value_text("recall", std::numeric_limits<double>::quiet_NaN()), "undefined");
  EXPECT_EQ(value_text("valid/loss", 0.27131), "0.2713");
  EXPECT_EQ(value_text("r2", 0.5), "0.5");
  EXPECT_EQ(value_text("accuracy/", 0.5), "0.5");
}

TEST(FigureText, LeavesOutTheTopFiveOfFiveClasses) {
  EXPECT_TRUE(is_obvious("top5_accuracy", 5));
  EXPECT_TRUE(is_obvious("valid/top5_accuracy", 2));
  EXPECT_FALSE(is_obvious("top5_accuracy", 6));
  EXPECT_FALSE(is_obvious("accuracy", 2));
  EXPECT_TRUE(may_be_obvious("valid/top5_accuracy", 1));
  EXPECT_FALSE(may_be_obvious("valid/top5_accuracy", 0.99));
  EXPECT_FALSE(may_be_obvious("valid/accuracy", 1));
}

}  // namespace
}  // namespace lockstep
