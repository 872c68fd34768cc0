#include "launcher/page/curve_chart.h"

#include <gmock/gmock.h>

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Thinned, KeepsTheMeanAndTheWholeBand) {
  std::vector<CurvePoint> points;
  for (int i = 0; i < 1000; ++i) points.push_back({i * 1.0, i * 1.0, i * 1.0, i - 1.0, i + 1.0});
  const std::vector<CurvePoint> few = thinned(points, 100);
  ASSERT_EQ(few.size(), 100u);
  EXPECT_EQ(few.front().x, 9);
  EXPECT_EQ(few.front().y, 4.5);
  EXPECT_EQ(few.front().low, -1);
  EXPECT_EQ(few.front().high, 10);
  EXPECT_EQ(few.back().x, 999);
}

TEST(ChartHtml, LeavesAGapWhereAValueIsNoNumber) {
  const std::string html = chart_html(
      {.title = "Loss", .x_name = "epoch", .curves = {{"a", 0, {{0, 0, 1}, {1, 1}, {2, 2, 3}}}}});
  const std::string path = html.substr(html.find("class=\"line\""));
  EXPECT_EQ(std::ranges::count(path.substr(0, path.find("/>")), 'M'), 2);
  EXPECT_THAT(html, HasSubstr("data-points=\"0,0,1,,;1,1,,,;2,2,3,,\""));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_EQ(chart_html({.title = "Loss", .x_name = "epoch", .curves = {{"a", 0, {{0, 0}}}}}), "");
}

TEST(ChartHtml, DrawsABandAndMarks) {
  const std::string html =
      chart_html({.title = "Accuracy",
                  .x_name = "epoch",
                  .is_percent = true,
                  .curves = {{"a", 9, {{0, 0, .5, .4, .6}, {1, 5, .7, .6, .8}}}},
                  .marks = {{0.5, "restarted"}, {7, "outside"}}});
  EXPECT_THAT(html, AllOf(HasSubstr("class=\"band\""), HasSubstr("60 %</text>"),
                          HasSubstr("--curve:var(--s1);--dash:6 3"),
                          HasSubstr("<title>restarted</title>"), Not(HasSubstr("outside"))));
}

TEST(ChartHtml, IsLogarithmicWhereValuesAreFarApart) {
  CurveChart chart{.title = "Loss",
                   .x_name = "epoch",
                   .may_be_logarithmic = true,
                   .curves = {{"a", 0, {{0, 0, 1}, {1, 1, 1e6}}}}};
  EXPECT_THAT(chart_html(chart), HasSubstr("logarithmic"));
  chart.curves[0].points[0].y = 0;
  EXPECT_THAT(chart_html(chart), Not(HasSubstr("logarithmic")));
}

TEST(ChartHtml, TakesAnyNumbers) {
  for (const double value : {5e-324, 1e-310, -1e299, 1e308, 0.0, 1 + 1e-15}) {
    const std::string html = chart_html(
        {.title = "Loss", .x_name = "epoch", .curves = {{"a", 0, {{0, 0, 0}, {value, 0, value}}}}});
    EXPECT_THAT(html, Not(HasSubstr("inf"))) << value;
    EXPECT_LT(html.size(), 10000u) << value;
  }
}

TEST(ChartHtml, EscapesNames) {
  const std::string html =
      chart_html({.title = "<b>", .x_name = "<i>", .curves = {{"\"><script>", 0, {{0, 0, 1}}}}});
  EXPECT_THAT(html, AllOf(Not(HasSubstr("<b>")), Not(HasSubstr("<i>")), Not(HasSubstr("<script"))));
}

}  // namespace
}  // namespace lockstep
