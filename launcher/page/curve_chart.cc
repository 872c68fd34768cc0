#include "launcher/page/curve_chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "imaging/chart/line_chart.h"
#include "launcher/page/escape.h"

namespace lockstep {
namespace {

// Of the picture, in its own units; page.js knows them by the attributes of the figure.
constexpr double kWidth = 480, kHeight = 270, kLeft = 58, kRight = 12, kTop = 10, kBottom = 34;
constexpr std::size_t kColours = 8;  // --s0 to --s7 of page.css
constexpr std::size_t kMostPoints = 400;
constexpr double kFar = 1e3;      // largest to least value where an axis becomes logarithmic
constexpr double kHuge = 1e300;   // beyond it differences could overflow
constexpr double kTiny = 1e-300;  // below it steps of an axis would be 0

bool is_shown(double value) { return std::isfinite(value) && std::abs(value) < kHuge; }

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(double value) {
    if (!is_shown(value)) return;
    if (std::abs(value) < kTiny) value = 0;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool is_empty() const { return low > high; }
  /// Wider by a part of it, and never of no width.
  void pad(double part) {
    const double width = high - low;
    const double most = std::max(std::abs(low), std::abs(high));
    const double by = width > 1e-9 * most ? part * width : most > 0 ? 0.05 * most : 0.5;
    low -= by;
    high += by;
  }
};

/// Where values are in the picture.
struct Axes {
  Range x, y;
  bool is_logarithmic = false;

  double left_of(double value) const {
    return kLeft + (value - x.low) / (x.high - x.low) * (kWidth - kLeft - kRight);
  }
  double top_of(double value) const {
    const double at = is_logarithmic ? std::log10(value) : value;
    return kTop + (y.high - at) / (y.high - y.low) * (kHeight - kTop - kBottom);
  }
};

Axes axes_of(const CurveChart& chart) {
  Axes axes;
  for (const Curve& curve : chart.curves) {
    for (const CurvePoint& point : curve.points) {
      if (!is_shown(point.x) || !is_shown(point.y)) continue;
      axes.x.take(point.x);
      for (const double value : {point.y, point.low, point.high}) axes.y.take(value);
    }
  }
  if (axes.y.is_empty()) return axes;
  axes.is_logarithmic =
      chart.may_be_logarithmic && axes.y.low > 0 && axes.y.high > kFar * axes.y.low;
  if (axes.is_logarithmic) axes.y = {std::log10(axes.y.low), std::log10(axes.y.high)};
  axes.x.pad(axes.x.high > axes.x.low ? 0 : 1);
  axes.y.pad(0.04);
  return axes;
}

std::string value_text(const CurveChart& chart, double value) {
  return chart.is_percent ? fmt::format("{:g} %", 100 * value) : fmt::format("{:g}", value);
}

std::string grid_svg(const CurveChart& chart, const Axes& axes) {
  constexpr int kTicksX = 6, kTicksY = 5;
  const double bottom = kHeight - kBottom, right = kWidth - kRight;
  std::string svg;
  for (const double tick : axis_ticks(axes.y.low, axes.y.high, kTicksY)) {
    const double value = axes.is_logarithmic ? std::pow(10, tick) : tick;
    const double top = axes.top_of(value);
    svg += fmt::format(
        R"(<line class="grid" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/><text x="{}" y="{:.1f}" text-anchor="end">{}</text>)",
        kLeft, top, right, top, kLeft - 6, top + 4, value_text(chart, value));
  }
  for (const double tick : axis_ticks(axes.x.low, axes.x.high, kTicksX)) {
    const double left = axes.left_of(tick);
    svg += fmt::format(
        R"(<line class="grid" x1="{:.1f}" y1="{}" x2="{:.1f}" y2="{}"/><text x="{:.1f}" y="{}" text-anchor="middle">{:g}</text>)",
        left, kTop, left, bottom, left, bottom + 15, tick);
  }
  return svg + fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{}</text>)", right, kHeight - 4,
                           escaped(chart.x_name));
}

std::string marks_svg(const CurveChart& chart, const Axes& axes) {
  std::string svg;
  for (const ChartMark& mark : chart.marks) {
    if (!(mark.x >= axes.x.low && mark.x <= axes.x.high)) continue;
    svg += fmt::format(
        R"(<line class="event" x1="{0:.1f}" y1="{1}" x2="{0:.1f}" y2="{2}"><title>{3}</title></line>)",
        axes.left_of(mark.x), kTop, kHeight - kBottom, escaped(mark.text));
  }
  return svg;
}

/// Through all points; it begins anew after a gap.
std::string line_path(const std::vector<CurvePoint>& points, const Axes& axes) {
  std::string path;
  bool is_open = false;
  for (const CurvePoint& point : points) {
    if (!is_shown(point.y)) {
      is_open = false;
      continue;
    }
    path += fmt::format("{}{:.1f} {:.1f}", is_open ? 'L' : 'M', axes.left_of(point.x),
                        axes.top_of(point.y));
    if (!is_open) path += "h0";  // a point alone is seen, too
    is_open = true;
  }
  return path;
}

/// The bands between gaps, each along its highest values and back along its lowest.
std::string band_path(const std::vector<CurvePoint>& points, const Axes& axes) {
  const auto has_band = [](const CurvePoint& point) {
    return is_shown(point.low) && is_shown(point.high);
  };
  std::string path;
  for (auto begin = points.begin(); begin != points.end();) {
    begin = std::find_if(begin, points.end(), has_band);
    const auto end = std::find_if_not(begin, points.end(), has_band);
    for (auto at = begin; at != end; ++at) {
      path += fmt::format("{}{:.1f} {:.1f}", at == begin ? 'M' : 'L', axes.left_of(at->x),
                          axes.top_of(at->high));
    }
    for (auto at = end; at != begin; --at) {
      const CurvePoint& point = *(at - 1);
      path += fmt::format("L{:.1f} {:.1f}", axes.left_of(point.x), axes.top_of(point.low));
    }
    if (begin != end) path += "Z";
    begin = end;
  }
  return path;
}

std::string points_text(const std::vector<CurvePoint>& points) {
  std::string text;
  const auto number = [](double value) {
    return is_shown(value) ? fmt::format("{:.6g}", value) : "";
  };
  for (const CurvePoint& point : points) {
    text += fmt::format("{}{:.8g},{:.0f},{},{},{}", text.empty() ? "" : ";", point.x, point.step,
                        number(point.y), number(point.low), number(point.high));
  }
  return text;
}

std::string style_of_curve(const Curve& curve) {
  constexpr const char* kDashes[] = {"none", "6 3", "2 2", "8 3 2 3"};
  const std::size_t round = curve.colour / kColours;
  return fmt::format("--curve:var(--s{});--dash:{}", curve.colour % kColours,
                     kDashes[std::min(round, std::size(kDashes) - 1)]);
}

std::string curve_svg(const Curve& curve, const Axes& axes) {
  const std::vector<CurvePoint> points = thinned(curve.points, kMostPoints);
  const std::string band = band_path(points, axes);
  return fmt::format(
      R"(<g class="curve" style="{}" data-name="{}" data-points="{}">{}<path class="line" d="{}"/></g>)",
      style_of_curve(curve), escaped(curve.name), points_text(points),
      band.empty() ? "" : fmt::format(R"(<path class="band" d="{}"/>)", band),
      line_path(points, axes));
}

}  // namespace

std::vector<CurvePoint> thinned(const std::vector<CurvePoint>& points, std::size_t at_most) {
  if (points.size() <= at_most) return points;
  std::vector<CurvePoint> kept;
  for (std::size_t i = 0; i < at_most; ++i) {
    const std::size_t begin = i * points.size() / at_most;
    const std::size_t end = (i + 1) * points.size() / at_most;
    CurvePoint point = points[end - 1];
    Range band;
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) {
      sum += points[k].y;  // one that is no number makes a gap
      band.take(points[k].low);
      band.take(points[k].high);
    }
    point.y = sum / static_cast<double>(end - begin);
    if (!band.is_empty()) {
      point.low = band.low;
      point.high = band.high;
    }
    kept.push_back(point);
  }
  return kept;
}

std::string chart_html(const CurveChart& chart) {
  const Axes axes = axes_of(chart);
  if (axes.y.is_empty()) return {};
  std::string curves;
  for (const Curve& curve : chart.curves) curves += curve_svg(curve, axes);
  return fmt::format(
      R"(<figure class="chart" tabindex="0" data-x-name="{}" data-x-low="{:.9g}" data-x-high="{:.9g}" data-left="{}" data-right="{}" data-percent="{}">
<figcaption>{}{}</figcaption>
<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}<line class="pointer" y1="{}" y2="{}"/></svg>
<div class="values" hidden></div>
</figure>
)",
      escaped(chart.x_name), axes.x.low, axes.x.high, kLeft, kWidth - kRight,
      chart.is_percent ? 1 : 0, escaped(chart.title),
      axes.is_logarithmic ? R"( <span class="quiet">(logarithmic)</span>)" : "", kWidth, kHeight,
      escaped(chart.title), grid_svg(chart, axes), marks_svg(chart, axes), curves, kTop,
      kHeight - kBottom);
}

std::string legend_html(const std::vector<Curve>& curves, const std::string& note) {
  std::string items;
  for (const Curve& curve : curves) {
    items += fmt::format(
        R"(<li style="{}"><svg viewBox="0 0 24 8"><path class="line" d="M1 4L23 4"/></svg>{}</li>)",
        style_of_curve(curve), escaped(curve.name));
  }
  if (!note.empty()) items += fmt::format("<li class=\"quiet\">{}</li>", escaped(note));
  return fmt::format("<ul class=\"legend\">{}</ul>\n", items);
}

}  // namespace lockstep
