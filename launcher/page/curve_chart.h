#pragma once

#include <limits>
#include <string>
#include <vector>

namespace lockstep {

inline constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

/// A value at one place, and between which others are; what is not finite leaves a gap.
struct CurvePoint {
  double x = 0;
  double step = 0;  ///< told beside x
  double y = kNoValue;
  double low = kNoValue;
  double high = kNoValue;
};

struct Curve {
  std::string name;
  std::size_t colour = 0;  ///< of the page's, from 0; beyond them dashes tell them apart
  std::vector<CurvePoint> points = {};  ///< x rises
};

/// A thin line across a chart: "restarted".
struct ChartMark {
  double x = 0;
  std::string text;
};

struct CurveChart {
  std::string title;
  std::string x_name;
  bool is_percent = false;          ///< of values from 0 to 1
  bool may_be_logarithmic = false;  ///< where the values are far apart
  std::vector<Curve> curves = {};
  std::vector<ChartMark> marks = {};
};

/// An inline SVG with axes, bands and marks; page.js tells the values under the pointer. Empty
/// where nothing of it is finite.
///
///     body += chart_html({.title = "Loss", .x_name = "epoch", .curves = {{"mine", 0, points}}});
std::string chart_html(const CurveChart& chart);

/// Which colour is which curve, and a note after them where there is one.
std::string legend_html(const std::vector<Curve>& curves, const std::string& note = {});

/// As many points or fewer, each the mean of its neighbours, and the whole range of their bands.
std::vector<CurvePoint> thinned(const std::vector<CurvePoint>& points, std::size_t at_most);

}  // namespace lockstep
