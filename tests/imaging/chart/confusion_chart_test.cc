#include "imaging/chart/confusion_chart.h"

#include <array>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

/// How much of a chart is drawn in which colour.
struct Colors {
  int right = 0, mistaken = 0;  ///< pixels that are clearly blue, clearly orange
};

Colors colors_of(const Image& image) {
  Colors colors;
  for (int y = 0; y < image.height(); ++y) {
    const std::uint8_t* pixel = image.view().row(y);
    for (int x = 0; x < image.width(); ++x, pixel += 3) {
      colors.right += pixel[2] > pixel[0] + 100;
      colors.mistaken += pixel[0] > pixel[2] + 100;
    }
  }
  return colors;
}

ConfusionChart chart_of(std::vector<std::int64_t> counts, std::vector<std::int64_t> sums) {
  ConfusionChart chart{.title = "t", .names = {}, .counts = std::move(counts), .sums = sums};
  for (std::size_t i = 0; i < sums.size(); ++i) chart.names.push_back(std::to_string(i));
  return chart;
}

TEST(ConfusionChart, WhatIsRightIsBlueAndWhatIsMistakenIsOrange) {
  const Colors legend = colors_of(draw_confusion_chart(chart_of({0, 0, 0, 0}, {0, 0})));
  const Colors right = colors_of(draw_confusion_chart(chart_of({9, 0, 0, 9}, {9, 9})));
  EXPECT_GT(right.right, legend.right + 4000) << "two cells of 56 x 56";
  EXPECT_EQ(right.mistaken, legend.mistaken);
  const Colors mistaken = colors_of(draw_confusion_chart(chart_of({0, 9, 9, 0}, {9, 9})));
  EXPECT_EQ(mistaken.right, legend.right);
  EXPECT_GT(mistaken.mistaken, legend.mistaken + 4000);
}

TEST(ConfusionChart, ARowIsATruth) {
  const auto orange_rows = [](const ConfusionChart& chart) {
    const Image image = draw_confusion_chart(chart);
    int below = 0, above = 0;
    for (int y = 0; y < image.height() - 60; ++y) {
      for (int x = 0; x < image.width(); ++x) {
        const std::uint8_t* pixel = image.view().row(y) + 3 * x;
        if (pixel[0] <= pixel[2] + 100) continue;
        (y < image.height() - 60 - 56 ? above : below) += 1;
      }
    }
    return std::array{above, below};
  };
  const auto [above, below] = orange_rows(chart_of({0, 9, 0, 9}, {9, 9}));
  EXPECT_GT(above, 2000);
  EXPECT_EQ(below, 0) << "the second class is all right";
}

TEST(ConfusionChart, IsDrawnOfAnyNumberOfClassesAndNames) {
  for (const std::size_t classes : {1u, 2u, 9u, 40u}) {
    ConfusionChart chart = chart_of(std::vector<std::int64_t>(classes * classes, 1'000'000'000'000),
                                    std::vector<std::int64_t>(classes, 40'000'000'000'000));
    const Image plain = draw_confusion_chart(chart);
    EXPECT_LT(plain.height(), 900) << classes;
    EXPECT_EQ(plain.channels(), 3);
    chart.title = chart.names.front() = std::string(300, 'w');
    chart.names.back() = "\xe6\x97\xa5\xe6\x9c\xac";
    const Image wide = draw_confusion_chart(chart);
    EXPECT_LE(wide.height(), plain.height() + 150) << "a long name is cut";
  }
}

}  // namespace
}  // namespace lockstep
