#include "imaging/chart/confusion_chart.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "imaging/chart/chart_text.h"
#include "imaging/chart/printable_ascii.h"

namespace lockstep {
namespace {

// All in pixels.
constexpr int kMargin = 16, kTitleHeight = 34, kAxisHeight = 22, kGap = 8;
constexpr int kMatrix = 560, kLeastCell = 14, kMostCell = 56, kMostNameWidth = 150;
constexpr int kLegendHeight = 44;

const cv::Scalar kPaper(255, 255, 255), kInk(40, 40, 40), kPale(120, 120, 120),
    kGrid(228, 228, 228);
const TextStyle kTitle{0.6, kInk}, kAxis{0.46, kInk}, kName{0.4, kInk}, kLegend{0.4, kPale};
/// Told apart by the colour-blind too (Okabe and Ito, 2008); RGB.
const cv::Scalar kRight(0, 114, 178), kWrong(213, 94, 0);
/// The part of a row from which a cell is so dark that its count is written in white.
constexpr double kDark = 0.45;
const std::string kSaid = "said by the model";

/// A tenth of a row can be seen beside the whole of another: the colour grows with the root.
cv::Scalar color_of(double part, bool is_right) {
  return kPaper + ((is_right ? kRight : kWrong) - kPaper) * std::sqrt(part);
}

class Drawing {
 public:
  explicit Drawing(const ConfusionChart& chart)
      : chart_(chart),
        count_(static_cast<int>(chart.names.size())),
        cell_(std::clamp(kMatrix / count_, kLeastCell, kMostCell)) {
    assert(chart.counts.size() == chart.names.size() * chart.names.size());
    for (const std::string& name : chart.names) {
      names_ = std::max(names_, text_width(printable_ascii(name), kName));
    }
    names_ = std::min(names_, kMostNameWidth);
    for (const std::int64_t sum : chart.sums) {
      sums_ = std::max(sums_, text_width(std::to_string(sum), kName));
    }
    left_ = kMargin + kAxisHeight + names_ + kGap;
    top_ = kMargin + kTitleHeight + kAxisHeight + names_ + kGap;
  }

  Image draw() {
    const int width = std::max({left_ + said_, left_ + side() + kGap + sums_,
                                kMargin + text_width(printable_ascii(chart_.title), kTitle)}) +
                      kMargin;
    Image image;
    image.reshape(top_ + side() + kLegendHeight + kMargin, width, 3);
    canvas_ = cv::Mat(image.height(), image.width(), CV_8UC3, image.row(0),
                      static_cast<std::size_t>(image.row_bytes()));
    canvas_.setTo(kPaper);
    put_text(canvas_, chart_.title, kMargin, kMargin + 18, kTitle);
    const int axis = std::max(side(), said_);
    put_centred(canvas_, kSaid, left_, axis, kMargin + kTitleHeight + 12, kAxis);
    put_rising(canvas_, "truth", kMargin + 12, top_ + side() / 2 + 20, kAxis);
    for (int i = 0; i < count_; ++i) draw_names(i);
    for (int row = 0; row < count_; ++row) {
      for (int column = 0; column < count_; ++column) draw_cell(row, column);
    }
    cv::rectangle(canvas_, {left_, top_}, {left_ + side(), top_ + side()}, kInk);
    draw_legend();
    return image;
  }

 private:
  int side() const { return count_ * cell_; }
  int at(int i) const { return i * cell_; }

  void draw_names(int i) {
    const auto index = static_cast<std::size_t>(i);
    const std::string name = fitted(chart_.names[index], names_, kName);
    const int baseline = at(i) + cell_ / 2 + 4;
    put_text(canvas_, name, left_ - kGap - text_width(name, kName), top_ + baseline, kName);
    put_rising(canvas_, name, left_ + baseline, top_ - kGap, kName);
    put_text(canvas_, std::to_string(chart_.sums[index]), left_ + side() + kGap, top_ + baseline,
             kLegend);
  }

  void draw_cell(int row, int column) {
    const auto truth = static_cast<std::size_t>(row);
    const std::int64_t count =
        chart_.counts[truth * chart_.names.size() + static_cast<std::size_t>(column)];
    const std::int64_t sum = chart_.sums[truth];
    const double part = sum > 0 ? static_cast<double>(count) / static_cast<double>(sum) : 0;
    const cv::Rect cell(left_ + at(column), top_ + at(row), cell_, cell_);
    cv::rectangle(canvas_, cell, color_of(part, row == column), cv::FILLED);
    cv::rectangle(canvas_, cell, kGrid);
    const TextStyle style{kName.scale, part >= kDark ? kPaper : kInk};
    const std::string text = std::to_string(count);
    if (count == 0 || text_width(text, style) > cell_ - 2) return;
    put_centred(canvas_, text, cell.x, cell_, cell.y + cell_ / 2 + 4, style);
  }

  void draw_legend() {
    const int y = top_ + side() + 16;
    int x = left_;
    for (const bool is_right : {true, false}) {
      for (const double part : {0.01, 0.1, 0.3, 1.0}) {
        cv::rectangle(canvas_, cv::Rect(x, y, 14, 14), color_of(part, is_right), cv::FILLED);
        x += 14;
      }
      const std::string text = is_right ? "right" : "mistaken";
      put_text(canvas_, text, x + kGap, y + 11, kLegend);
      x += kGap + text_width(text, kLegend) + 2 * kGap;
    }
    put_text(canvas_, "1, 10, 30, 100 % of a row", left_, y + 30, kLegend);
  }

  const ConfusionChart& chart_;
  cv::Mat canvas_;
  int count_, cell_;
  int names_ = 0, sums_ = 0;  ///< widths
  int said_ = text_width(kSaid, kAxis);
  int left_ = 0, top_ = 0;  ///< of the matrix
};

}  // namespace

Image draw_confusion_chart(const ConfusionChart& chart) { return Drawing(chart).draw(); }

}  // namespace lockstep
