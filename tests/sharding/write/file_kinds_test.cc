#include <array>
#include <map>

#include <gtest/gtest.h>

#include "imaging/augment/transform.h"
#include "imaging/codec/decode.h"
#include "imaging/pixels/color.h"
#include "sharding/read/pack.h"
#include "sharding/read/sample_image.h"
#include "tests/imaging/encoders.h"
#include "tests/imaging/exif_bytes.h"
#include "tests/imaging/webp_encoder.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr int kUprightHeight = 48;
constexpr int kUprightWidth = 64;
using Color = std::array<std::uint8_t, 3>;
constexpr std::array<Color, 4> kQuarters = {
    {{200, 60, 40}, {50, 180, 70}, {40, 70, 210}, {220, 200, 60}}};

/// Which quarter of the upright picture a pixel is in: its own colour each, row by row.
std::size_t quarter_at(int y, int x) {
  return (y < kUprightHeight / 2 ? 0u : 2u) + (x < kUprightWidth / 2 ? 0u : 1u);
}

/// What `values(color)` makes of the pixels, in the order in which a file stores them.
template <typename Values>
Pixels quarters(const Values& values, int height = kUprightHeight, int width = kUprightWidth,
                std::size_t (*quarter)(int y, int x) = &quarter_at) {
  Pixels pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int value : values(quarter(y, x))) pixels.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return pixels;
}

std::vector<int> rgb_of(std::size_t quarter) {
  return {kQuarters[quarter].begin(), kQuarters[quarter].end()};
}

std::vector<int> grey_of(std::size_t quarter) {
  const auto [r, g, b] = kQuarters[quarter];
  return {luma(r, g, b)};
}

/// The same picture as every kind of file, by name.
std::map<std::string, std::string> files_of_every_kind() {
  const int h = kUprightHeight;
  const int w = kUprightWidth;
  std::map<std::string, std::string> files;
  const auto png = [&](const Pixels& pixels, const PngKind& kind,
                       const std::vector<spng_plte_entry>& palette = {}) {
    return to_text(encode_png(pixels, h, w, kind, palette));
  };
  const Pixels rgb = quarters(&rgb_of);
  files["progressive.jpg"] = to_text(encode_jpeg(rgb, h, w, JpegKind::progressive_rgb));
  files["grey.jpg"] = to_text(encode_jpeg(quarters(&grey_of), h, w, JpegKind::grey));
  files["webp.webp"] = to_text(encode_webp(rgb, h, w, 3));
  // Orientation 6: the stored row 0 is the right side, the stored column 0 the top.
  const Pixels turned =
      quarters(&rgb_of, w, h, [](int y, int x) { return quarter_at(x, kUprightWidth - 1 - y); });
  files["turned.jpg"] =
      to_text(with_exif(encode_jpeg(turned, w, h, JpegKind::rgb), tiff_with(6, true)));
  const Pixels turned_back =
      quarters(&rgb_of, w, h, [](int y, int x) { return quarter_at(kUprightHeight - 1 - x, y); });
  files["turned.png"] =
      to_text(with_png_exif(encode_png(turned_back, w, h, {}), tiff_with(8, false)));
  const auto inks = [](std::size_t quarter) {
    std::vector<int> values = rgb_of(quarter);
    values.push_back(255);
    return values;
  };
  files["cmyk.jpg"] = to_text(encode_jpeg(quarters(inks), h, w, JpegKind::cmyk));
  files["ycck.jpg"] = to_text(encode_jpeg_as({.inks = true, .ycck = true}, quarters(inks), h, w));
  files["alpha.png"] = png(quarters([](std::size_t quarter) {
                             std::vector<int> values = rgb_of(quarter);
                             values.push_back(static_cast<int>(60 * quarter));
                             return values;
                           }),
                           {.color_type = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA});
  files["wide.png"] = png(quarters([](std::size_t quarter) {
                            std::vector<int> values;
                            for (int value : rgb_of(quarter)) values.insert(values.end(), 2, value);
                            return values;
                          }),
                          {.bit_depth = 16});
  std::vector<spng_plte_entry> palette;
  for (const auto& [r, g, b] : kQuarters) palette.push_back({r, g, b, 0});
  files["palette.png"] =
      png(quarters([](std::size_t quarter) { return std::vector{static_cast<int>(quarter)}; }),
          {.color_type = SPNG_COLOR_TYPE_INDEXED, .transparent_entries = 2}, palette);
  return files;
}

TEST(FilesOfEveryKind, ComeOutOfThePackUprightInTheirColours) {
  const TemporaryDirectory directory;
  const std::map<std::string, std::string> files = files_of_every_kind();
  for (const auto& [name, bytes] : files) write_text(directory / "images/a" / name, bytes);
  for (const PackEncoding encode :
       {PackEncoding::keep, PackEncoding::jpeg, PackEncoding::png, PackEncoding::raw}) {
    const fs::path out = directory / name_of(encode);
    const PackResult result =
        write_pack(*source_of(directory / "images"), writer_to(out, {.encode = encode}));
    ASSERT_EQ(result.outcome, PackOutcome::written);
    ASSERT_TRUE(result.faults.empty());
    const Pack pack(out);
    const auto split = pack.split("train");
    ASSERT_EQ(split->size(), files.size());
    ImageTransform transform({.height = kUprightHeight / 2, .width = kUprightWidth / 2});
    Pixels picture(transform.size());
    auto file = files.begin();
    for (std::uint64_t id = 0; id < split->size(); ++id, ++file) {
      const std::string where = fmt::format("{} as {}", file->first, name_of(encode));
      Sample sample;
      split->read(id, sample);
      EXPECT_EQ(sample.record.height, std::uint32_t{kUprightHeight}) << where;
      EXPECT_EQ(sample.record.width, std::uint32_t{kUprightWidth}) << where;
      transform.apply(stored_image(sample, split->encoding()), picture);
      const bool grey = file->first == "grey.jpg";
      for (int y : {4, 19}) {
        for (int x : {5, 26}) {
          const std::size_t quarter = quarter_at(2 * y, 2 * x);
          for (std::size_t c = 0; c < 3; ++c) {
            const int wanted = grey ? grey_of(quarter)[0] : rgb_of(quarter)[c];
            const std::size_t at = static_cast<std::size_t>(y * kUprightWidth / 2 + x) * 3 + c;
            EXPECT_NEAR(picture[at], wanted, 3) << where << ", " << y << ' ' << x << ' ' << c;
          }
        }
      }
    }
  }
}

/// A grey PNG of 16 bits: a ramp from 0 to `largest`.
std::string wide_png(int largest) {
  Pixels pixels;
  for (int i = 0; i < 64; ++i) {
    const int value = largest * i / 63;
    pixels.push_back(static_cast<std::uint8_t>(value & 255));
    pixels.push_back(static_cast<std::uint8_t>(value >> 8));
  }
  return to_text(
      encode_png(pixels, 8, 8, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE, .bit_depth = 16}));
}

int largest_pixel(const fs::path& pack, std::uint64_t id) {
  const Pack opened(pack);
  Sample sample;
  opened.split("train")->read(id, sample);
  const ImageInfo info = probe_image(sample.bytes);
  Image image;
  decode(sample.bytes, image, info.channels);
  int largest = 0;
  for (int y = 0; y < info.height; ++y) {
    for (int x = 0; x < info.width; ++x) largest = std::max<int>(largest, image.row(y)[x]);
  }
  return largest;
}

TEST(PngOf16Bits, ThatUsesLittleOfTheRangeIsToldAndScaledOnRequest) {
  const TemporaryDirectory directory;
  write_text(directory / "images/a/1.png", wide_png(4095));
  write_text(directory / "images/a/2.png", wide_png(65'535));
  PackResult result = write_pack(*source_of(directory / "images"), writer_to(directory / "as_is"));
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_EQ(reason(result.faults[0]),
            "odd range of values: its largest value is 4095 of 65535, so it is nearly black; "
            "--png-range 4095 makes white of that (packed all the same)");
  EXPECT_EQ(largest_pixel(directory / "as_is", 0), 15);
  EXPECT_EQ(Pack(directory / "as_is").manifest().rejected, 0u);
  result = write_pack(*source_of(directory / "images"),
                      writer_to(directory / "scaled", {.png_range = 4095}));
  EXPECT_EQ(largest_pixel(directory / "scaled", 0), 255);
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_EQ(result.faults[0].path, "a/2.png");
  EXPECT_EQ(Pack(directory / "scaled").manifest().options.at("png_range"), "4095");
}

TEST(LargeJpeg, IsDecodedAtAReducedScaleWhereItIsShrunk) {
  const TemporaryDirectory directory;
  constexpr int kHeight = 4, kWidth = 17'000;  // beyond the side that is read as it is
  Pixels pixels(std::size_t{kHeight} * kWidth, 200);
  write_text(directory / "images/a/1.jpg",
             to_text(encode_jpeg(pixels, kHeight, kWidth, JpegKind::grey)));
  write_text(directory / "images/a/2.jpg", jpeg_bytes(8, 8, 1, 1));
  PackResult result = write_pack(*source_of(directory / "images"), writer_to(directory / "whole"));
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_EQ(result.faults[0].kind, FaultKind::too_large);
  result = write_pack(*source_of(directory / "images"),
                      writer_to(directory / "small", {.max_side = 1000}));
  EXPECT_TRUE(result.faults.empty());
  const Pack pack(directory / "small");
  Sample sample;
  pack.split("train")->read(0, sample);
  EXPECT_EQ(sample.record.width, 1000u);
  EXPECT_EQ(sample.record.height, 1u);
  // A limit by option; and a scale that would be too small is not taken.
  for (const ImageOptions& image :
       {ImageOptions{.max_side = 1000, .max_pixels = 60'000}, ImageOptions{.max_side = 10'000}}) {
    result = write_pack(*source_of(directory / "images"),
                        writer_to(directory / std::to_string(image.max_side + 1), image));
    ASSERT_EQ(result.faults.size(), 1u);
    EXPECT_EQ(result.faults[0].kind, FaultKind::too_large);
  }
}

}  // namespace
}  // namespace lockstep
