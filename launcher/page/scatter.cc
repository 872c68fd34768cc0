#include "launcher/page/scatter.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "imaging/chart/line_chart.h"
#include "launcher/page/escape.h"

namespace lockstep {
namespace {

// In the units of the picture.
constexpr double kSide = 480, kLeft = 76, kRight = 16, kTop = 12, kBottom = 52;
constexpr int kTicks = 5;

/// One scale for both axes.
struct Scale {
  double low, high;

  double at(double value) const { return (value - low) / (high - low) * kSide; }
  double x(double value) const { return kLeft + at(value); }
  double y(double value) const { return kTop + kSide - at(value); }
};

Scale scale_of(const Scatter& scatter) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& [x, y] : scatter.points) {
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    low = std::min({low, x, y});
    high = std::max({high, x, y});
  }
  if (low > high) return {0, 1};
  const double margin = high > low ? (high - low) / 25 : std::max(std::abs(low), 1.0) / 10;
  return {low - margin, high + margin};
}

std::string axes_svg(const Scatter& scatter, const Scale& scale) {
  std::string svg = fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"frame\"/>\n"
      "<path d=\"M{} {}L{} {}\" class=\"equal\"><title>prediction = truth</title></path>\n",
      kLeft, kTop, kSide, kSide, kLeft, kTop + kSide, kLeft + kSide, kTop);
  for (const double tick : axis_ticks(scale.low, scale.high, kTicks)) {
    svg += fmt::format(
        "<path d=\"M{0:.1f} {1}v-{2}M{3} {4:.1f}h{2}\" class=\"grid\"/>"
        "<text x=\"{0:.1f}\" y=\"{5}\" text-anchor=\"middle\">{6:.6g}</text>"
        "<text x=\"{7}\" y=\"{8:.1f}\" text-anchor=\"end\">{6:.6g}</text>\n",
        scale.x(tick), kTop + kSide, kSide, kLeft, scale.y(tick), kTop + kSide + 18,
        std::abs(tick) < 1e-12 * (scale.high - scale.low) ? 0.0 : tick, kLeft - 6,
        scale.y(tick) + 4);
  }
  return svg + fmt::format(
                   "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n"
                   "<text transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\">{}"
                   "</text>\n",
                   kLeft + kSide / 2, kTop + kSide + 42, escaped(scatter.x_title), kTop + kSide / 2,
                   escaped(scatter.y_title));
}

}  // namespace

std::string scatter_html(const Scatter& scatter) {
  const Scale scale = scale_of(scatter);
  std::string dots;
  for (const auto& [x, y] : scatter.points) {
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    dots += fmt::format("M{:.1f} {:.1f}h0", scale.x(x), scale.y(y));
  }
  return fmt::format(
      "<figure class=\"scatter\">\n<h3>{}</h3>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" "
      "aria-label=\"{}\">\n{}<path d=\"{}\" class=\"dots\"/>\n</svg>\n<figcaption class=\"quiet\">"
      "{} images; on the line, the prediction is the truth.</figcaption>\n</figure>\n",
      escaped(scatter.title), kLeft + kSide + kRight, kTop + kSide + kBottom,
      escaped(scatter.title), axes_svg(scatter, scale), dots, scatter.points.size());
}

}  // namespace lockstep
