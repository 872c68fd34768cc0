#include "imaging/chart/line_chart.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::DoubleNear;
using testing::Pointwise;

void expect_ticks(double low, double high, const std::vector<double>& expected) {
  const std::vector<double> ticks = axis_ticks(low, high, 5);
  EXPECT_THAT(ticks, Pointwise(DoubleNear(1e-12), expected)) << low << " to " << high;
  for (const double tick : ticks) EXPECT_FALSE(tick == 0 && std::signbit(tick)) << "-0";
}

TEST(LineChart, TicksAreRoundNumbersInside) {
  expect_ticks(0, 5, {0, 1, 2, 3, 4, 5});
  expect_ticks(-0.013, 0.042, {0, 0.02, 0.04});
  expect_ticks(2.03, 2.82, {2.2, 2.4, 2.6, 2.8});
  expect_ticks(0, 90, {0, 20, 40, 60, 80});
}

bool is_blue(const Image& image, int x, int y) {
  const ImageView view = image.view();
  const std::uint8_t* pixel = view.row(y) + 3 * x;
  return pixel[2] > pixel[0] + 60;
}

/// Rows in which the line passes the column `x`, from top to bottom.
std::vector<int> blue_rows(const Image& image, int x) {
  std::vector<int> rows;
  for (int y = 0; y < image.height(); ++y) {
    if (is_blue(image, x, y)) rows.push_back(y);
  }
  return rows;
}

TEST(LineChart, ALineThatRisesIsDrawnFromTheLowerLeft) {
  const Image image = draw_line_chart({.title = "t",
                                       .x_title = "x",
                                       .y_title = "y",
                                       .lines = {{"a", {0, 1, 2}, {0, 1, 2}}},
                                       .marks = {}});
  EXPECT_EQ(image.width(), 960);
  EXPECT_EQ(image.height(), 540);
  int last = image.height();
  for (const int x : {150, 500, 900}) {
    const std::vector<int> rows = blue_rows(image, x);
    ASSERT_FALSE(rows.empty()) << x;
    EXPECT_LT(rows.back(), last);
    last = rows.front();
  }
}

TEST(LineChart, OnALogarithmicAxisPowersAreEquallyFar) {
  const Image image = draw_line_chart({.title = "",
                                       .x_title = "",
                                       .y_title = "",
                                       .log_x = true,
                                       .lines = {{"a", {1e-4, 1e-2, 1}, {0, 5, 10}}},
                                       .marks = {}});
  const int middle = (90 + 960 - 24) / 2;
  const std::vector<int> rows = blue_rows(image, middle);
  ASSERT_FALSE(rows.empty());
  EXPECT_NEAR(rows.front(), (56 + 540 - 64) / 2 + 8, 12);
}

TEST(LineChart, OddNumbersAreLeftOut) {
  for (const std::vector<double>& y :
       {std::vector<double>{NAN, NAN}, {1, 1}, {0, 0}, {INFINITY, 1}, {}}) {
    const std::vector<double> x(y.size(), 1);
    EXPECT_EQ(draw_line_chart({.title = "",
                               .x_title = "",
                               .y_title = "",
                               .log_x = true,
                               .lines = {{"a", x, y}},
                               .marks = {{"m", 3}}})
                  .width(),
              960);
  }
}

}  // namespace
}  // namespace lockstep
