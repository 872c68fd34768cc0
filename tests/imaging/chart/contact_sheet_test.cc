#include "imaging/chart/contact_sheet.h"

#include <array>

#include <gtest/gtest.h>

#include "imaging/chart/printable_ascii.h"

namespace lockstep {
namespace {

Image plain(int height, int width, std::array<std::uint8_t, 3> color) {
  Image image;
  image.reshape(height, width, 3);
  for (std::size_t i = 0; i < image.size_bytes(); ++i) image.row(0)[i] = color[i % 3];
  return image;
}

std::array<int, 3> pixel(const Image& image, int y, int x) {
  const std::uint8_t* at = image.view().row(y) + 3 * x;
  return {at[0], at[1], at[2]};
}

/// Pixels darker than mid-grey in a part of the image.
int ink(const Image& image, int y, int x, int height, int width) {
  int count = 0;
  for (int row = y; row < y + height; ++row) {
    for (int column = x; column < x + width; ++column) {
      const auto [red, green, blue] = pixel(image, row, column);
      count += red + green + blue < 3 * 128;
    }
  }
  return count;
}

ContactSheet two_by_two() {
  ContactSheet sheet{.title = "a title", .cell_side = 60, .headings = {}, .rows = {}};
  sheet.rows.push_back({.label = "reds", .note = "2 images", .cells = {}});
  sheet.rows.back().cells.push_back({plain(60, 60, {200, 10, 20}), ""});
  sheet.rows.back().cells.push_back({plain(20, 30, {210, 30, 40}), ""});
  sheet.rows.push_back({.label = "", .note = "", .cells = {}});
  sheet.rows.back().cells.push_back({plain(30, 60, {10, 20, 220}), ""});
  return sheet;
}

TEST(ContactSheet, PicturesStandWhereTheLayoutSays) {
  const ContactSheet sheet = two_by_two();
  const SheetLayout layout = layout_of(sheet);
  const Image image = draw_contact_sheet(sheet);
  EXPECT_EQ(image.height(), layout.height);
  EXPECT_EQ(image.width(), layout.width);
  EXPECT_EQ(image.channels(), 3);
  const std::array red{200, 10, 20};
  EXPECT_EQ(pixel(image, layout.y(0), layout.x(0)), red);
  EXPECT_EQ(pixel(image, layout.y(0) + 59, layout.x(0) + 59), red);
  EXPECT_NE(pixel(image, layout.y(0) + 60, layout.x(0)), red);
  EXPECT_NE(pixel(image, layout.y(0), layout.x(0) + 60), red);
  // Half as high as its cell: in its middle.
  const std::array blue{10, 20, 220};
  EXPECT_NE(pixel(image, layout.y(1) + 14, layout.x(0)), blue);
  EXPECT_EQ(pixel(image, layout.y(1) + 15, layout.x(0)), blue);
  EXPECT_EQ(pixel(image, layout.y(1) + 44, layout.x(0)), blue);
  EXPECT_NE(pixel(image, layout.y(1) + 45, layout.x(0)), blue);
  // The cell that the second row lacks stays paper.
  EXPECT_EQ(pixel(image, layout.y(1) + 30, layout.x(1) + 30), (std::array{255, 255, 255}));
}

TEST(ContactSheet, SmallPicturesAreEnlargedByAWholeFactor) {
  ContactSheet sheet = two_by_two();
  Image& small = sheet.rows[0].cells[1].picture;  // 20 x 30: twice as large in 60
  small.row(0)[0] = 1;
  const SheetLayout layout = layout_of(sheet);
  const Image image = draw_contact_sheet(sheet);
  const int y = layout.y(0) + 10;
  const int x = layout.x(1);
  for (const auto& [dy, dx] : {std::pair{0, 0}, {0, 1}, {1, 0}, {1, 1}}) {
    EXPECT_EQ(pixel(image, y + dy, x + dx), (std::array{1, 30, 40}));
  }
  EXPECT_EQ(pixel(image, y, x + 2), (std::array{210, 30, 40}));
  EXPECT_NE(pixel(image, y - 1, x + 2), (std::array{210, 30, 40}));
}

TEST(ContactSheet, GreyPicturesStayGrey) {
  ContactSheet sheet{.title = "", .cell_side = 8, .headings = {}, .rows = {}};
  sheet.rows.emplace_back().cells.emplace_back().picture.reshape(8, 8, 1);
  Image& picture = sheet.rows[0].cells[0].picture;
  std::fill_n(picture.row(0), 64, std::uint8_t{77});
  const SheetLayout layout = layout_of(sheet);
  EXPECT_EQ(pixel(draw_contact_sheet(sheet), layout.y(0) + 3, layout.x(0) + 3),
            (std::array{77, 77, 77}));
}

TEST(ContactSheet, WordsAreDrawnBesideAndAroundThePictures) {
  ContactSheet sheet = two_by_two();
  sheet.headings = {"first", "second"};
  sheet.rows[1].cells[0].caption = "12.5";
  const SheetLayout layout = layout_of(sheet);
  const Image image = draw_contact_sheet(sheet);
  EXPECT_GT(ink(image, 0, 0, layout.top - 20, layout.width), 20) << "title";
  EXPECT_GT(ink(image, layout.top - 18, layout.x(1), 16, 60), 0) << "heading";
  EXPECT_GT(ink(image, layout.y(0), 0, 60, layout.left - 1), 10) << "label";
  EXPECT_EQ(ink(image, layout.y(1), 0, 60, layout.left - 1), 0) << "a row without a label";
  EXPECT_GT(ink(image, layout.y(1) + 61, layout.x(0), layout.row_pitch - 62, 60), 5) << "caption";
  EXPECT_EQ(ink(image, layout.y(0) + 61, layout.x(0), layout.row_pitch - 62, 60), 0)
      << "no caption";
}

TEST(ContactSheet, LongLabelsAreCutBeforeThePictures) {
  ContactSheet sheet = two_by_two();
  sheet.rows[0].label = std::string(200, 'W');
  const SheetLayout layout = layout_of(sheet);
  EXPECT_LT(layout.left, 300);
  const Image image = draw_contact_sheet(sheet);
  EXPECT_EQ(ink(image, layout.y(0), layout.left - 8, 60, 7), 0);
  EXPECT_GT(ink(image, layout.y(0), 0, 60, layout.left - 8), 100);
}

TEST(ContactSheet, OfNothingIsPaper) {
  const Image image =
      draw_contact_sheet({.title = "", .cell_side = 10, .headings = {}, .rows = {}});
  EXPECT_EQ(ink(image, 0, 0, image.height(), image.width()), 0);
}

TEST(PrintableAscii, ReplacesEachOtherCharacterOnce) {
  EXPECT_EQ(printable_ascii("cat (1)"), "cat (1)");
  EXPECT_EQ(printable_ascii("K\xc3\xa4tzchen"), "K?tzchen");
  EXPECT_EQ(printable_ascii("\xe7\x8c\xab\n"), "??");
}

}  // namespace
}  // namespace lockstep
