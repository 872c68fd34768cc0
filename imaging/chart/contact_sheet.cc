#include "imaging/chart/contact_sheet.h"

#include <algorithm>
#include <cassert>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "imaging/chart/chart_text.h"
#include "imaging/chart/printable_ascii.h"
#include "imaging/pixels/color.h"
#include "imaging/pixels/opencv_mat.h"

namespace lockstep {
namespace {

// All in pixels.
constexpr int kMargin = 16;
constexpr int kGap = 6;
constexpr int kLabelGap = 14;
constexpr int kTitleHeight = 34;
constexpr int kLineHeight = 18;
constexpr int kMostLabelWidth = 220;

const TextStyle kTitle{0.6, cv::Scalar::all(30)};
const TextStyle kLabel{0.46, cv::Scalar::all(30)};
const TextStyle kNote{0.4, cv::Scalar::all(120)};
const TextStyle kCaption{0.4, cv::Scalar::all(70)};

const cv::Scalar kPaper(255, 255, 255);
const cv::Scalar kCellGround(240, 240, 240);

/// Copies the picture into the middle of a square of `side` pixels, enlarged by the largest whole
/// factor that fits, so that small images show the pixels that they have.
void put_picture(cv::Mat& canvas, const Image& picture, int x, int y, int side) {
  assert(picture.height() <= side && picture.width() <= side);
  Image rgb;
  ImageView view = picture.view();
  if (view.channels != 3) {
    convert_channels(view, 3, rgb);
    view = rgb.view();
  }
  const int factor = side / std::max(view.height, view.width);
  const cv::Size size(view.width * factor, view.height * factor);
  const cv::Mat from = opencv_source(view);
  cv::Mat to = canvas(cv::Rect({x + (side - size.width) / 2, y + (side - size.height) / 2}, size));
  cv::resize(from, to, size, 0, 0, cv::INTER_NEAREST);
}

bool has_captions(const ContactSheet& sheet) {
  return std::ranges::any_of(sheet.rows, [](const ContactSheet::Row& row) {
    return std::ranges::any_of(row.cells, [](const auto& cell) { return !cell.caption.empty(); });
  });
}

}  // namespace

SheetLayout layout_of(const ContactSheet& sheet) {
  SheetLayout layout;
  std::size_t columns = sheet.headings.size();
  for (const ContactSheet::Row& row : sheet.rows) {
    columns = std::max(columns, row.cells.size());
    layout.label_width =
        std::max({layout.label_width, text_width(printable_ascii(row.label), kLabel),
                  text_width(printable_ascii(row.note), kNote)});
  }
  layout.label_width = std::min(layout.label_width, kMostLabelWidth);
  layout.left = kMargin + (layout.label_width > 0 ? layout.label_width + kLabelGap : 0);
  layout.top = kMargin + kTitleHeight + (sheet.headings.empty() ? 0 : kLineHeight);
  layout.column_pitch = sheet.cell_side + kGap;
  layout.row_pitch = sheet.cell_side + kGap + (has_captions(sheet) ? kLineHeight : 0);
  const int title_end = kMargin + text_width(printable_ascii(sheet.title), kTitle) + kMargin;
  layout.width = std::max(layout.x(columns) - kGap + kMargin, title_end);
  layout.height = layout.y(sheet.rows.size()) - kGap + kMargin;
  return layout;
}

Image draw_contact_sheet(const ContactSheet& sheet) {
  const SheetLayout layout = layout_of(sheet);
  const int side = sheet.cell_side;
  Image image;
  image.reshape(layout.height, layout.width, 3);
  cv::Mat canvas(layout.height, layout.width, CV_8UC3, image.row(0),
                 static_cast<std::size_t>(image.row_bytes()));
  canvas.setTo(kPaper);
  put_text(canvas, sheet.title, kMargin, kMargin + 18, kTitle);
  for (std::size_t column = 0; column < sheet.headings.size(); ++column) {
    put_centred(canvas, sheet.headings[column], layout.x(column), side, layout.top - 7, kNote);
  }
  for (std::size_t r = 0; r < sheet.rows.size(); ++r) {
    const ContactSheet::Row& row = sheet.rows[r];
    const int middle = layout.y(r) + side / 2;
    put_text(canvas, fitted(row.label, layout.label_width, kLabel), kMargin,
             middle + (row.note.empty() ? 5 : -3), kLabel);
    put_text(canvas, fitted(row.note, layout.label_width, kNote), kMargin, middle + 15, kNote);
    for (std::size_t column = 0; column < row.cells.size(); ++column) {
      const int x = layout.x(column);
      const int y = layout.y(r);
      canvas(cv::Rect(x, y, side, side)).setTo(kCellGround);
      put_picture(canvas, row.cells[column].picture, x, y, side);
      put_centred(canvas, row.cells[column].caption, x, side, y + side + 13, kCaption);
    }
  }
  return image;
}

}  // namespace lockstep
