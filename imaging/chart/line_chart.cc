#include "imaging/chart/line_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "imaging/chart/chart_text.h"
#include "imaging/chart/printable_ascii.h"

namespace lockstep {
namespace {

// All in pixels.
constexpr int kWidth = 960, kHeight = 540;
constexpr int kLeft = 90, kRight = 24, kTop = 56, kBottom = 64;
constexpr double kTitleScale = 0.6, kTextScale = 0.42;

const cv::Scalar kPaper(255, 255, 255), kInk(40, 40, 40), kGrid(228, 228, 228),
    kFaint(190, 190, 190);
/// Told apart by the colour-blind too (Okabe and Ito, 2008); RGB.
const std::array<cv::Scalar, 5> kColors = {cv::Scalar(0, 114, 178), cv::Scalar(213, 94, 0),
                                           cv::Scalar(0, 158, 115), cv::Scalar(204, 121, 167),
                                           cv::Scalar(90, 90, 90)};

struct Axis {
  double low = 0, high = 1;
  bool is_log = false;

  double position(double value) const {
    return is_log ? (std::log(value) - std::log(low)) / (std::log(high) - std::log(low))
                  : (value - low) / (high - low);
  }
};

/// Over all finite values, with room where they are all one.
Axis axis_of(const std::vector<LineChart::Line>& lines,
             const std::vector<double> LineChart::Line::*values, bool is_log) {
  Axis axis{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
            is_log};
  for (const LineChart::Line& line : lines) {
    for (const double value : line.*values) {
      if (!std::isfinite(value) || (is_log && value <= 0)) continue;
      axis.low = std::min(axis.low, value);
      axis.high = std::max(axis.high, value);
    }
  }
  if (axis.low > axis.high) return {is_log ? 1.0 : 0.0, is_log ? 10.0 : 1.0, is_log};
  if (axis.low == axis.high) {
    if (is_log) return {axis.low / 2, axis.high * 2, true};
    const double room = axis.low == 0 ? 1 : std::abs(axis.low) / 10;
    return {axis.low - room, axis.high + room, false};
  }
  return axis;
}

/// Lines do not touch the frame.
Axis with_margin(Axis axis) {
  const double margin = (axis.high - axis.low) / 25;
  if (axis.low != 0) axis.low -= margin;
  axis.high += margin;
  return axis;
}

std::vector<double> ticks_of(const Axis& axis) {
  if (!axis.is_log) return axis_ticks(axis.low, axis.high, 6);
  std::vector<double> ticks;
  for (double decade = std::ceil(std::log10(axis.low) - 1e-9);
       decade <= std::log10(axis.high) + 1e-9; ++decade) {
    ticks.push_back(std::pow(10, decade));
  }
  return ticks;
}

std::string number_text(double value) {
  std::array<char, 32> text = {};
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return text.data();
}

class Drawing {
 public:
  Drawing(const LineChart& chart, cv::Mat& canvas)
      : chart_(chart),
        canvas_(canvas),
        x_(axis_of(chart.lines, &LineChart::Line::x, chart.log_x)),
        y_(with_margin(axis_of(chart.lines, &LineChart::Line::y, false))) {}

  void draw() {
    canvas_.setTo(kPaper);
    text(chart_.title, kLeft, kTop - 24, kTitleScale);
    for (const double tick : ticks_of(x_)) {
      const int x = pixel_x(tick);
      cv::line(canvas_, {x, kTop}, {x, kHeight - kBottom}, kGrid);
      centred(number_text(tick), x, kHeight - kBottom + 18);
    }
    for (const double tick : ticks_of(y_)) {
      const int y = pixel_y(tick);
      cv::line(canvas_, {kLeft, y}, {kWidth - kRight, y}, kGrid);
      const std::string label = number_text(tick);
      text(label, kLeft - 8 - width(label), y + 4);
    }
    cv::rectangle(canvas_, {kLeft, kTop}, {kWidth - kRight, kHeight - kBottom}, kInk);
    centred(chart_.x_title, (kLeft + kWidth - kRight) / 2, kHeight - 18);
    text(chart_.y_title, 8, kTop - 8);
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) draw_line(chart_.lines[i], color(i));
    for (std::size_t i = 0; i < chart_.marks.size(); ++i) draw_mark(i);
    if (chart_.lines.size() > 1) draw_legend();
  }

 private:
  static cv::Scalar color(std::size_t i) { return kColors[i % kColors.size()]; }
  static int width(const std::string& text) { return text_width(text, {kTextScale, kInk}); }
  int pixel_x(double value) const {
    return kLeft + static_cast<int>(std::lround(x_.position(value) * (kWidth - kRight - kLeft)));
  }
  int pixel_y(double value) const {
    return kHeight - kBottom -
           static_cast<int>(std::lround(y_.position(value) * (kHeight - kBottom - kTop)));
  }

  void text(const std::string& shown, int x, int baseline, double scale = kTextScale,
            const cv::Scalar& ink = kInk) {
    put_text(canvas_, shown, x, baseline, {scale, ink});
  }
  void centred(const std::string& shown, int x, int baseline) {
    text(shown, x - width(printable_ascii(shown)) / 2, baseline);
  }

  void draw_line(const LineChart::Line& line, const cv::Scalar& ink) {
    std::vector<cv::Point> points;
    for (std::size_t i = 0; i < line.x.size(); ++i) {
      if (!std::isfinite(line.y[i]) || !std::isfinite(line.x[i])) continue;
      points.emplace_back(pixel_x(line.x[i]), pixel_y(line.y[i]));
    }
    cv::polylines(canvas_, points, false, line.faint ? kFaint : ink, line.faint ? 1 : 2,
                  cv::LINE_AA);
  }

  /// Names of marks that are near each other stand one below the other.
  void draw_mark(std::size_t i) {
    const LineChart::Mark& mark = chart_.marks[i];
    const int x = pixel_x(std::clamp(mark.x, x_.low, x_.high));
    const cv::Scalar ink = color(i + 1);
    cv::line(canvas_, {x, kTop}, {x, kHeight - kBottom}, ink, 1, cv::LINE_AA);
    const bool fits = x + 6 + width(mark.name) < kWidth - kRight;
    text(mark.name, fits ? x + 6 : x - 6 - width(mark.name), kTop + 18 + 18 * static_cast<int>(i),
         kTextScale, ink);
  }

  void draw_legend() {
    int baseline = kHeight - kBottom - 12;
    for (std::size_t i = chart_.lines.size(); i-- > 0; baseline -= 18) {
      const LineChart::Line& line = chart_.lines[i];
      text(line.name, kLeft + 12, baseline, kTextScale, line.faint ? kFaint : color(i));
    }
  }

  const LineChart& chart_;
  cv::Mat& canvas_;
  Axis x_, y_;
};

}  // namespace

std::vector<double> axis_ticks(double low, double high, int count) {
  const double rough = (high - low) / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (double i = first; i * step <= high + 1e-9 * step; ++i)
    ticks.push_back(i * step + 0.0);  // and not -0
  return ticks;
}

Image draw_line_chart(const LineChart& chart) {
  Image image;
  image.reshape(kHeight, kWidth, 3);
  cv::Mat canvas(kHeight, kWidth, CV_8UC3, image.row(0),
                 static_cast<std::size_t>(image.row_bytes()));
  Drawing(chart, canvas).draw();
  return image;
}

}  // namespace lockstep
