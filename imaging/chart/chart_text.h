#pragma once

#include <string>
#include <string_view>

#include <opencv2/core.hpp>

namespace lockstep {

/// Text on charts and sheets, drawn in one font. Only the sources of this room include this.
struct TextStyle {
  double scale;  ///< of the font: capitals are about 22 pixels high at 1
  cv::Scalar ink;
};

/// In pixels. `text` is printable_ascii.
int text_width(const std::string& text, const TextStyle& style);

/// `text` (UTF-8) as printable_ascii, shortened to `width` pixels: its end is replaced by "..".
std::string fitted(std::string_view text, int width, const TextStyle& style);

/// `text` is UTF-8; `baseline` is the y of the letters' baseline, `x` where they begin.
void put_text(cv::Mat& canvas, std::string_view text, int x, int baseline, const TextStyle& style);

/// In the middle of [x, x + width), shortened to it.
void put_centred(cv::Mat& canvas, std::string_view text, int x, int width, int baseline,
                 const TextStyle& style);

/// The same from below to above: the letters stand on the column `baseline`, and begin at the row
/// `y`.
void put_rising(cv::Mat& canvas, std::string_view text, int baseline, int y,
                const TextStyle& style);

}  // namespace lockstep
