#include "launcher/history/text_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "analysis/figure_text.h"
#include "core/printable.h"

namespace lockstep {
namespace {

constexpr int kRows = 10;
constexpr int kLeastColumns = 16;
constexpr int kLabelColumns = 10;  // of the y axis
/// Of a cell of braille; a cell of ASCII is one dot.
constexpr int kDotsAcross = 2, kDotsDown = 4;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// From 0 to 1; the middle where all values are one.
  double part(double value) const {
    // Halves: the difference of two numbers may be too large for one.
    return high / 2 > low / 2 ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
  }
};

/// The range of all points, and these alone that can be drawn.
struct Points {
  Range x, y;
  std::vector<std::vector<std::pair<double, double>>> of_series;
};

Points drawable(std::span<const TextSeries> series) {
  Points points;
  for (const TextSeries& one : series) {
    auto& kept = points.of_series.emplace_back();
    for (const auto& [x, y] : one.points) {
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      points.x.take(x);
      points.y.take(y);
      kept.emplace_back(x, y);
    }
  }
  return points;
}

/// The characters of a chart, each with the series that it is of.
class Canvas {
 public:
  Canvas(int columns, const TextStyle& style)
      : columns_(columns),
        is_utf8_(style.is_utf8),
        has_colours_(style.has_colours),
        cells_(static_cast<std::size_t>(columns * kRows)) {}

  int dots_across() const { return columns_ * (is_utf8_ ? kDotsAcross : 1); }
  int dots_down() const { return kRows * (is_utf8_ ? kDotsDown : 1); }

  void dot(int x, int y, std::size_t series) {
    const int across = is_utf8_ ? kDotsAcross : 1, down = is_utf8_ ? kDotsDown : 1;
    Cell& cell = at(x / across, y / down);
    // The order of braille's eight dots (Unicode 15, 21.1): three down on the left, three on the
    // right, then the lowest of both.
    constexpr std::array<std::array<std::uint8_t, kDotsDown>, kDotsAcross> kBits = {
        {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}};
    cell.dots |= kBits[static_cast<std::size_t>(x % across)][static_cast<std::size_t>(y % down)];
    cell.series = series;
  }
  void mark(int x, int y, char mark, std::size_t series) {
    const int across = is_utf8_ ? kDotsAcross : 1, down = is_utf8_ ? kDotsDown : 1;
    at(x / across, y / down) = {.dots = 0, .mark = mark, .series = series};
  }

  std::string row(int row) const {
    std::string text;
    for (int column = 0; column < columns_; ++column) {
      const Cell& cell = cells_[static_cast<std::size_t>(row * columns_ + column)];
      text += cell.mark == 0 && cell.dots == 0 ? " " : coloured(glyph(cell), cell.series);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }
  std::string legend(const TextSeries& series, std::size_t number) const {
    const std::string sign = series.mark != 0 ? std::string(1, series.mark)
                             : is_utf8_       ? "⠤⠤"
                                              : "..";
    return coloured(sign, number) + " " + printable(series.name);
  }

 private:
  struct Cell {
    std::uint8_t dots = 0;
    char mark = 0;
    std::size_t series = 0;
  };

  Cell& at(int column, int row) {
    return cells_[static_cast<std::size_t>(row * columns_ + column)];
  }
  std::string glyph(const Cell& cell) const {
    if (cell.mark != 0) return std::string(1, cell.mark);
    if (!is_utf8_) return ".";
    return {'\xe2', static_cast<char>(0xa0 | cell.dots >> 6),
            static_cast<char>(0x80 | (cell.dots & 0x3f))};
  }
  std::string coloured(const std::string& text, std::size_t series) const {
    constexpr std::array kColours = {36, 33, 35, 32, 34, 31};
    if (!has_colours_) return text;
    return fmt::format("\x1b[{}m{}\x1b[0m", kColours[series % kColours.size()], text);
  }

  int columns_;
  bool is_utf8_, has_colours_;
  std::vector<Cell> cells_;
};

/// Dots from one point to the next, without gaps.
void draw_line(Canvas& canvas, const Points& points, std::size_t series) {
  const auto x_of = [&](double x) { return points.x.part(x) * (canvas.dots_across() - 1); };
  const auto y_of = [&](double y) { return (1 - points.y.part(y)) * (canvas.dots_down() - 1); };
  double last_x = 0, last_y = 0;
  bool is_first = true;
  for (const auto& [x, y] : points.of_series[series]) {
    const double to_x = x_of(x), to_y = y_of(y);
    if (is_first) last_x = to_x, last_y = to_y;
    is_first = false;
    const int dots = static_cast<int>(
        std::ceil(std::max({std::abs(to_x - last_x), std::abs(to_y - last_y), 1.0})));
    for (int i = 0; i <= dots; ++i) {
      const double part = static_cast<double>(i) / dots;
      canvas.dot(static_cast<int>(std::lround(last_x + part * (to_x - last_x))),
                 static_cast<int>(std::lround(last_y + part * (to_y - last_y))), series);
    }
    last_x = to_x, last_y = to_y;
  }
}

void draw_marks(Canvas& canvas, const Points& points, std::size_t series, char mark) {
  for (const auto& [x, y] : points.of_series[series]) {
    canvas.mark(static_cast<int>(std::lround(points.x.part(x) * (canvas.dots_across() - 1))),
                static_cast<int>(std::lround((1 - points.y.part(y)) * (canvas.dots_down() - 1))),
                mark, series);
  }
}

std::string y_label(const Range& range, int row, ChartUnit unit) {
  const auto text = [&](double value) {
    return unit == ChartUnit::percent ? percent_text(value) : fmt::format("{:.4g}", value);
  };
  if (row == 0) return text(range.high);
  if (row == kRows - 1 && range.high > range.low) return text(range.low);
  return {};
}

}  // namespace

std::string text_chart(const std::string& x_name, std::span<const TextSeries> series,
                       const TextStyle& style, ChartUnit unit) {
  const Points points = drawable(series);
  if (points.x.low > points.x.high) return {};
  const int columns = std::max(style.columns - kLabelColumns - 3, kLeastColumns);
  Canvas canvas(columns, style);
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (series[i].mark == 0) draw_line(canvas, points, i);
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (series[i].mark != 0) draw_marks(canvas, points, i, series[i].mark);
  }
  std::string text(kLabelColumns + 2, ' ');
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!points.of_series[i].empty()) text += canvas.legend(series[i], i) + "   ";
  }
  text.erase(text.find_last_not_of(' ') + 1);
  text += "\n";
  const std::string_view bar = style.is_utf8 ? "│" : "|";
  for (int row = 0; row < kRows; ++row) {
    text += fmt::format("{:>{}} {}{}\n", y_label(points.y, row, unit), kLabelColumns, bar,
                        canvas.row(row));
  }
  const std::string left = fmt::format("{} {:.4g}", x_name, points.x.low);
  const std::string right = fmt::format("{:.4g}", points.x.high);
  const int gap = std::max(columns - static_cast<int>(left.size() + right.size()), 1);
  return text + fmt::format("{:{}}{}{:{}}{}\n", "", kLabelColumns + 2, left, "", gap, right);
}

}  // namespace lockstep
