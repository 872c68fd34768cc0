#include <array>
#include <string>

#include <gtest/gtest.h>

#include "imaging/codec/decode.h"
#include "imaging/render/image_renderer.h"
#include "tests/imaging/encoders.h"
#include "tests/imaging/exif_bytes.h"

namespace lockstep {
namespace {

constexpr int kStoredHeight = 16;
constexpr int kStoredWidth = 24;

/// Smooth, and no two corners alike.
Encoded stored_jpeg() {
  Pixels pixels;
  for (int y = 0; y < kStoredHeight; ++y) {
    for (int x = 0; x < kStoredWidth; ++x) {
      pixels.push_back(static_cast<std::uint8_t>(20 + 9 * x));
      pixels.push_back(static_cast<std::uint8_t>(10 + 12 * y));
      pixels.push_back(128);
    }
  }
  return encode_jpeg(pixels, kStoredHeight, kStoredWidth, JpegKind::rgb);
}

/// Where EXIF puts the stored pixel (y, x): the visual sides of row 0 and column 0.
std::pair<int, int> upright_place(int orientation, int y, int x) {
  constexpr std::array<const char*, 8> row_and_column_0 = {
      "top left", "top right", "bottom right", "bottom left",
      "left top", "right top", "right bottom", "left bottom"};
  const std::string sides = row_and_column_0[std::size_t(orientation - 1)];
  const std::string row_side = sides.substr(0, sides.find(' '));
  const std::string column_side = sides.substr(sides.find(' ') + 1);
  const bool exchanged = row_side == "left" || row_side == "right";
  const int height = exchanged ? kStoredWidth : kStoredHeight;
  const int width = exchanged ? kStoredHeight : kStoredWidth;
  int upright_y = 0;
  int upright_x = 0;
  for (const auto& [side, distance] : {std::pair{row_side, y}, std::pair{column_side, x}}) {
    if (side == "top") upright_y = distance;
    if (side == "bottom") upright_y = height - 1 - distance;
    if (side == "left") upright_x = distance;
    if (side == "right") upright_x = width - 1 - distance;
  }
  return {upright_y, upright_x};
}

TEST(Upright, JpegsAreDecodedAndRendered) {
  const Encoded jpeg = stored_jpeg();
  Image stored;
  decode(jpeg, stored, 3);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Encoded turned = with_exif(jpeg, tiff_with(orientation, orientation % 2 == 0));
    const ImageInfo info = probe_image(turned);
    EXPECT_EQ(info.orientation, orientation);
    EXPECT_EQ(info.height, orientation >= 5 ? kStoredWidth : kStoredHeight);
    EXPECT_EQ(info.width, orientation >= 5 ? kStoredHeight : kStoredWidth);
    for (int channels : {1, 3}) {
      Image upright;
      decode(turned, upright, channels);
      ASSERT_EQ(upright.height(), info.height);
      ASSERT_EQ(upright.width(), info.width);
      Image stored_as;
      decode(jpeg, stored_as, channels);
      ImageRenderer renderer;
      renderer.open({turned});
      Pixels drawn(upright.size_bytes());
      renderer.render({}, Border::black, {drawn.data(), info.height, info.width, channels});
      for (int y = 0; y < kStoredHeight; ++y) {
        for (int x = 0; x < kStoredWidth; ++x) {
          const auto [v, u] = upright_place(orientation, y, x);
          for (int c = 0; c < channels; ++c) {
            const int wanted = stored_as.row(y)[x * channels + c];
            ASSERT_EQ(upright.row(v)[u * channels + c], wanted) << orientation;
            ASSERT_EQ(drawn[std::size_t((v * info.width + u) * channels + c)], wanted)
                << orientation;
          }
        }
      }
    }
  }
}

TEST(Upright, PngsAreDecodedAndRendered) {
  Image stored;
  decode(stored_jpeg(), stored, 3);
  const Encoded png =
      encode_png({stored.view().pixels, stored.size_bytes()}, kStoredHeight, kStoredWidth, {});
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Encoded turned = with_png_exif(png, tiff_with(orientation, orientation % 2 == 0));
    const ImageInfo info = probe_image(turned);
    EXPECT_EQ(info.orientation, orientation);
    Image upright;
    decode(turned, upright, 3);
    ASSERT_EQ(upright.height(), orientation >= 5 ? kStoredWidth : kStoredHeight);
    ASSERT_EQ(upright.width(), orientation >= 5 ? kStoredHeight : kStoredWidth);
    ImageRenderer renderer;
    renderer.open({turned});
    Pixels drawn(upright.size_bytes());
    renderer.render({}, Border::black, {drawn.data(), upright.height(), upright.width(), 3});
    EXPECT_TRUE(std::equal(drawn.begin(), drawn.end(), upright.row(0))) << orientation;
    for (int y = 0; y < kStoredHeight; ++y) {
      for (int x = 0; x < kStoredWidth; ++x) {
        const auto [v, u] = upright_place(orientation, y, x);
        ASSERT_TRUE(
            std::equal(stored.row(y) + 3 * x, stored.row(y) + 3 * x + 3, upright.row(v) + 3 * u))
            << orientation;
      }
    }
  }
}

TEST(Upright, DamagedExifCostsNoPixel) {
  const Encoded jpeg = stored_jpeg();
  Image plain;
  decode(jpeg, plain, 3);
  Encoded tiff = tiff_with(6, true);
  tiff.resize(20);
  Image image;
  decode(with_exif(jpeg, tiff), image, 3);
  EXPECT_TRUE(std::equal(plain.row(0), plain.row(0) + plain.size_bytes(), image.row(0)));
}

}  // namespace
}  // namespace lockstep
