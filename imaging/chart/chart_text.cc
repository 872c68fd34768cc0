#include "imaging/chart/chart_text.h"

#include <opencv2/imgproc.hpp>

#include "imaging/chart/printable_ascii.h"

namespace lockstep {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

cv::Size text_size(const std::string& text, const TextStyle& style, int& below) {
  return cv::getTextSize(text, kFont, style.scale, 1, &below);
}

}  // namespace

int text_width(const std::string& text, const TextStyle& style) {
  int below = 0;
  return text_size(text, style, below).width;
}

std::string fitted(std::string_view text, int width, const TextStyle& style) {
  std::string shown = printable_ascii(text);
  if (text_width(shown, style) <= width) return shown;
  while (!shown.empty() && text_width(shown + "..", style) > width) shown.pop_back();
  return shown + "..";
}

void put_text(cv::Mat& canvas, std::string_view text, int x, int baseline, const TextStyle& style) {
  cv::putText(canvas, printable_ascii(text), {x, baseline}, kFont, style.scale, style.ink, 1,
              cv::LINE_AA);
}

void put_centred(cv::Mat& canvas, std::string_view text, int x, int width, int baseline,
                 const TextStyle& style) {
  const std::string shown = fitted(text, width, style);
  put_text(canvas, shown, x + (width - text_width(shown, style)) / 2, baseline, style);
}

void put_rising(cv::Mat& canvas, std::string_view text, int baseline, int y,
                const TextStyle& style) {
  int below = 0;
  const cv::Size size = text_size(printable_ascii(text), style, below);
  const cv::Rect place = cv::Rect(baseline - size.height - 1, y - size.width,
                                  size.height + below + 2, size.width + 1) &
                         cv::Rect(0, 0, canvas.cols, canvas.rows);
  cv::Mat lying, rising;
  cv::rotate(canvas(place), lying, cv::ROTATE_90_CLOCKWISE);
  put_text(lying, text, 0, baseline - place.x, style);
  cv::rotate(lying, rising, cv::ROTATE_90_COUNTERCLOCKWISE);
  rising.copyTo(canvas(place));
}

}  // namespace lockstep
