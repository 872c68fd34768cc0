#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/file.h"
#include "imaging/pixels/orientation.h"
#include "imaging/render/image_renderer.h"
#include "imaging/render/map_reach.h"
#include "tests/imaging/encoders.h"
#include "tests/imaging/exif_bytes.h"
#include "tests/imaging/golden.h"

namespace lockstep {
namespace {

constexpr int kHeight = 24;
constexpr int kWidth = 32;

int at_border(int i, int size, Border border) {
  return border == Border::reflect ? reflected(i, size) : std::clamp(i, 0, size - 1);
}

double pixel(const ImageView& image, int y, int x, int c, Border border) {
  y = at_border(y, image.height, border);
  x = at_border(x, image.width, border);
  return image.row(y)[x * image.channels + c];
}

double bilinear(const ImageView& image, Point p, int c, Border border) {
  const double x = p.x - 0.5;
  const double y = p.y - 0.5;
  const int x0 = static_cast<int>(std::floor(x));
  const int y0 = static_cast<int>(std::floor(y));
  const double fx = x - x0;
  const double fy = y - y0;
  return (1 - fy) * ((1 - fx) * pixel(image, y0, x0, c, border) +
                     fx * pixel(image, y0, x0 + 1, c, border)) +
         fy * ((1 - fx) * pixel(image, y0 + 1, x0, c, border) +
               fx * pixel(image, y0 + 1, x0 + 1, c, border));
}

/// Each pixel the mean of at least 2 x 2 bilinear samples to a source pixel, in doubles.
Image densely_sampled(const ImageView& source, const Homography& map, Border border) {
  Image picture;
  picture.reshape(kHeight, kWidth, source.channels);
  const MapReach reach = reach_of(map, kHeight, kWidth);
  const double most = std::max(reach.along_rows, reach.along_columns);
  // Where the map enlarges, a pixel is what lies at its centre.
  const int samples = most <= 1 + 1e-6 ? 1 : static_cast<int>(std::ceil(2 * most));
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const Point centre = map({x + 0.5, y + 0.5});
      const bool inside =
          centre.x >= 0 && centre.x < source.width && centre.y >= 0 && centre.y < source.height;
      for (int c = 0; c < source.channels; ++c) {
        double sum = 0;
        for (int j = 0; j < samples; ++j) {
          for (int i = 0; i < samples; ++i) {
            sum += bilinear(source, map({x + (i + 0.5) / samples, y + (j + 0.5) / samples}), c,
                            border);
          }
        }
        const bool black = !inside && border == Border::black;
        picture.row(y)[x * source.channels + c] =
            black ? 0 : static_cast<std::uint8_t>(sum / (samples * samples) + 0.5);
      }
    }
  }
  return picture;
}

Image rendered(const StoredImage& image, const Homography& map, Border border, int channels) {
  ImageRenderer renderer;
  renderer.open(image);
  Image picture;
  picture.reshape(kHeight, kWidth, channels);
  renderer.render(map, border, target_of(picture));
  return picture;
}

Encoded photograph() {
  const std::string bytes =
      read_file(std::string(LOCKSTEP_TEST_DATA) + "/china.jpg", ExitCode::usage);
  const auto data = std::as_bytes(std::span(bytes));
  return {data.begin(), data.end()};
}

Image decoded(const Encoded& encoded, int channels) {
  Image image;
  decode(encoded, image, channels);
  return image;
}

/// The middle of the picture to the middle of an image of `height` x `width`, by `map` between.
Homography centred(const Homography& map, int height, int width) {
  return translation(width / 2.0, height / 2.0) * map * translation(-kWidth / 2.0, -kHeight / 2.0);
}

struct Map {
  std::string name;
  Homography map;
  Border border = Border::black;
};

constexpr Border kBorders[] = {Border::black, Border::edge, Border::reflect};

/// By any map: from enlargement to strong reduction, inside of the image and over its edges.
std::vector<Map> maps(int height, int width) {
  const Homography tilted{{1, 0, 0, 0, 1, 0, 0.008, -0.005, 1}};
  std::vector<Map> result;
  for (double scale : {0.4, 1.0, 1.2, 2.4, 5.0, 9.0}) {
    const Homography scaled = scaling(scale, scale);
    const std::string at = " at " + std::to_string(scale);
    result.push_back({"turned" + at, centred(rotation(17) * scaled, height, width)});
    result.push_back({"upside down" + at, centred(rotation(203) * scaled, height, width)});
    result.push_back({"sheared" + at, centred(shear_x(0.4) * scaled, height, width)});
    result.push_back({"tilted" + at, centred(scaled * tilted, height, width)});
    const Homography moved = translation(0.4 * width, -0.35 * height) * rotation(-30) * scaled;
    for (Border border : kBorders) {
      result.push_back({"over the corner" + at, centred(moved, height, width), border});
    }
  }
  return result;
}

TEST(Warp, OfPixelsIsTheirDenseSampling) {
  for (int channels : {1, 3}) {
    const Image source = decoded(photograph(), channels);
    for (const Map& map : maps(source.height(), source.width())) {
      const Difference apart = difference(rendered(stored(source), map.map, map.border, channels),
                                          densely_sampled(source.view(), map.map, map.border));
      EXPECT_LE(apart.mean, 2.5) << map.name << ", " << channels;
      EXPECT_LE(apart.largest, 24) << map.name << ", " << channels;
    }
  }
}

TEST(Warp, OfAJpegIsThatOfItsPixels) {
  const Image source = decoded(photograph(), 3);
  const Pixels pixels(source.view().pixels, source.view().pixels + source.size_bytes());
  const Encoded jpeg =
      encode_jpeg_as({.across = 2, .down = 2}, pixels, source.height(), source.width());
  const Image whole = decoded(jpeg, 3);
  for (const Map& map : maps(source.height(), source.width())) {
    const Difference apart = difference(rendered({jpeg}, map.map, map.border, 3),
                                        densely_sampled(whole.view(), map.map, map.border));
    EXPECT_LE(apart.mean, 2.5) << map.name;
  }
}

TEST(Warp, OfAnExifTurnedJpegIsThatOfItsUprightPixels) {
  const Encoded plain = photograph();
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Encoded jpeg = with_exif(plain, tiff_with(orientation, true));
    const Image upright = decoded(jpeg, 3);
    const Homography map = centred(translation(10, -20) * rotation(25) * scaling(2.6, 2.6),
                                   upright.height(), upright.width());
    const Difference apart = difference(rendered({jpeg}, map, Border::reflect, 3),
                                        densely_sampled(upright.view(), map, Border::reflect));
    EXPECT_LE(apart.mean, 2.5) << orientation;
  }
}

// What is decoded is a part, and the border is that of the whole image all the same.
TEST(Warp, OfAPartHasTheBordersOfTheWhole) {
  const Image source = decoded(photograph(), 3);
  const Encoded png =
      encode_png({source.view().pixels, source.size_bytes()}, source.height(), source.width(), {});
  const Pixels pixels(source.view().pixels, source.view().pixels + source.size_bytes());
  const Encoded jpeg = encode_jpeg_as({}, pixels, source.height(), source.width());
  const Image whole = decoded(jpeg, 3);
  for (double dx : {-1.2, -0.5, 0.0, 0.5, 1.2}) {
    for (double dy : {-1.2, -0.5, 0.0, 0.5, 1.2}) {
      const Homography map =
          centred(translation(dx * source.width(), dy * source.height()) * rotation(40),
                  source.height(), source.width());
      for (Border border : kBorders) {
        const Image of_whole = rendered(stored(whole), map, border, 3);
        EXPECT_EQ(difference(rendered({jpeg}, map, border, 3), of_whole).largest, 0)
            << dx << ' ' << dy << ' ' << static_cast<int>(border);
        EXPECT_LE(difference(of_whole, densely_sampled(whole.view(), map, border)).mean, 0.5);
      }
    }
  }
}

TEST(Warp, OfOnePixelIsThatPixel) {
  const Pixels grey = {77};
  const StoredImage image{std::as_bytes(std::span(grey)), 1, 1, 1};
  for (Border border : {Border::edge, Border::reflect}) {
    const Image picture = rendered(image, rotation(33) * scaling(0.7, 2), border, 1);
    EXPECT_TRUE(std::all_of(picture.view().pixels, picture.view().pixels + picture.size_bytes(),
                            [](std::uint8_t level) { return level == 77; }));
  }
}

TEST(MapReach, IsTheBoxOfThePicture) {
  const MapReach reach = reach_of(translation(5, 7) * scaling(3, 2), 10, 20);
  EXPECT_DOUBLE_EQ(reach.x.begin, 5);
  EXPECT_DOUBLE_EQ(reach.x.end, 65);
  EXPECT_DOUBLE_EQ(reach.y.begin, 7);
  EXPECT_DOUBLE_EQ(reach.y.end, 27);
  EXPECT_DOUBLE_EQ(reach.along_rows, 3);
  EXPECT_DOUBLE_EQ(reach.along_columns, 2);
  EXPECT_DOUBLE_EQ(reach.least, 2);
  EXPECT_NEAR(reach_of(rotation(30) * scaling(3, 2), 10, 20).least, 2, 1e-12);
  // A horizon in the picture.
  EXPECT_EQ(reach_of({{1, 0, 0, 0, 1, 0, -0.1, 0, 1}}, 10, 20).least, 0);
}

TEST(MapReach, NeedsPixelsInsideOfTheImageThatHoldTheBorder) {
  const auto needed = [](double begin, double end, Border border) {
    const PixelRange range = pixels_needed({begin, end}, 100, border);
    return std::pair(range.first, range.last);
  };
  using Pair = std::pair<int, int>;
  for (Border border : kBorders) EXPECT_EQ(needed(20.5, 30.5, border), Pair(19, 32));
  EXPECT_EQ(needed(-30, 10, Border::edge), Pair(0, 11));
  EXPECT_EQ(needed(-30, 10, Border::reflect), Pair(0, 32));
  EXPECT_EQ(needed(90, 130, Border::reflect), Pair(68, 100));
  EXPECT_EQ(needed(-500, -400, Border::edge), Pair(0, 1));
  EXPECT_EQ(needed(500, 600, Border::black), Pair(99, 100));
  EXPECT_EQ(needed(-1e8, 1e8, Border::reflect), Pair(0, 100));
}

}  // namespace
}  // namespace lockstep
