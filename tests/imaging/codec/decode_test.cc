#include "imaging/codec/decode.h"

#include <cstring>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "imaging/pixels/color.h"
#include "tests/imaging/encoders.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

constexpr int kHeight = 13;
constexpr int kWidth = 17;

/// Smooth, so that JPEG keeps it closely; no two channels alike.
Pixels gradient(int channels) {
  Pixels pixels;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < channels; ++c) {
        pixels.push_back(
            static_cast<std::uint8_t>(40 + 8 * y * (c == 0) + 6 * x * (c == 1) + 30 * c));
      }
    }
  }
  return pixels;
}

Pixels pixels_of(const Image& image) {
  const ImageView view = image.view();
  return {view.pixels, view.pixels + image.size_bytes()};
}

Pixels decoded(const Encoded& encoded, int channels) {
  Image image;
  decode(encoded, image, channels);
  EXPECT_EQ(image.height(), kHeight);
  EXPECT_EQ(image.width(), kWidth);
  EXPECT_EQ(image.channels(), channels);
  return pixels_of(image);
}

int largest_difference(const Pixels& a, const Pixels& b) {
  EXPECT_EQ(a.size(), b.size());
  int largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::abs(int{a[i]} - int{b[i]}));
  }
  return largest;
}

Pixels grey_of(const Pixels& rgb) {
  Pixels grey;
  for (std::size_t i = 0; i < rgb.size(); i += 3)
    grey.push_back(luma(rgb[i], rgb[i + 1], rgb[i + 2]));
  return grey;
}

Pixels rgb_of(const Pixels& grey) {
  Pixels rgb;
  for (std::uint8_t value : grey) rgb.insert(rgb.end(), 3, value);
  return rgb;
}

/// One of each kind that the decoders know.
std::vector<Encoded> samples_of_every_kind() {
  return {
      encode_jpeg(gradient(1), kHeight, kWidth, JpegKind::grey),
      encode_jpeg(gradient(3), kHeight, kWidth, JpegKind::rgb),
      encode_jpeg(gradient(3), kHeight, kWidth, JpegKind::progressive_rgb),
      encode_jpeg(gradient(4), kHeight, kWidth, JpegKind::cmyk),
      encode_jpeg_as({.inks = true, .ycck = true}, gradient(4), kHeight, kWidth),
      encode_jpeg_as({.inks = true, .adobe_marker = false}, gradient(4), kHeight, kWidth),
      encode_png(gradient(1), kHeight, kWidth, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE}),
      encode_png(gradient(3), kHeight, kWidth, {}),
      encode_png(gradient(3), kHeight, kWidth, {.interlaced = true}),
      encode_png(gradient(4), kHeight, kWidth, {.color_type = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA}),
  };
}

TEST(Probe, ReadsTheHeader) {
  const std::vector<Encoded> samples = samples_of_every_kind();
  const std::vector<std::pair<ImageFormat, int>> expected = {
      {ImageFormat::jpeg, 1}, {ImageFormat::jpeg, 3}, {ImageFormat::jpeg, 3},
      {ImageFormat::jpeg, 3}, {ImageFormat::jpeg, 3}, {ImageFormat::jpeg, 3},
      {ImageFormat::png, 1},  {ImageFormat::png, 3},  {ImageFormat::png, 3},
      {ImageFormat::png, 3}};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const ImageInfo info = probe_image(samples[i]);
    EXPECT_EQ(info.format, expected[i].first) << i;
    EXPECT_EQ(info.channels, expected[i].second) << i;
    EXPECT_EQ(info.height, kHeight);
    EXPECT_EQ(info.width, kWidth);
  }
}

TEST(Probe, RefusesWhatIsNoImage) {
  EXPECT_THAT(message_of(ExitCode::data, [] { probe_image({}); }),
              HasSubstr("neither a JPEG nor a PNG nor a WebP"));
  const Encoded text(100, std::byte{'x'});
  EXPECT_THAT(message_of(ExitCode::data, [&] { probe_image(text); }),
              HasSubstr("neither a JPEG nor a PNG nor a WebP"));
}

TEST(Probe, RefusesImagesBeyondTheLimits) {
  EXPECT_NO_THROW(check_decodable_size(16'384, 1));
  EXPECT_NO_THROW(check_decodable_size(10'000, 10'000));
  EXPECT_THAT(message_of(ExitCode::data, [] { check_decodable_size(16'385, 1); }),
              HasSubstr("too large"));
  EXPECT_THAT(message_of(ExitCode::data, [] { check_decodable_size(10'001, 10'000); }),
              HasSubstr("too large"));
  EXPECT_THAT(message_of(ExitCode::data, [] { check_decodable_size(0, 1); }), HasSubstr("empty"));

  // A header that claims 65,500 x 65,500 pixels must be refused before anything is allocated for
  // it.
  Encoded jpeg = encode_jpeg(gradient(3), kHeight, kWidth, JpegKind::rgb);
  const std::byte frame_header[] = {std::byte{0xff}, std::byte{0xc0}};
  const auto frame =
      std::search(jpeg.begin(), jpeg.end(), std::begin(frame_header), std::end(frame_header));
  ASSERT_NE(frame, jpeg.end());
  for (int i = 5; i < 9; ++i) frame[i] = std::byte{0xff};
  for (int i : {6, 8}) frame[i] = std::byte{0xdc};
  Image image;
  EXPECT_THAT(message_of(ExitCode::data, [&] { probe_image(jpeg); }), HasSubstr("too large"));
  EXPECT_THAT(message_of(ExitCode::data, [&] { decode(jpeg, image, 3); }), HasSubstr("too large"));
}

TEST(DecodeJpeg, KeepsTheColours) {
  const Pixels rgb = gradient(3);
  for (JpegKind kind : {JpegKind::rgb, JpegKind::progressive_rgb}) {
    const Encoded jpeg = encode_jpeg(rgb, kHeight, kWidth, kind);
    EXPECT_LE(largest_difference(decoded(jpeg, 3), rgb), 4);
    EXPECT_LE(largest_difference(decoded(jpeg, 1), grey_of(rgb)), 4);
  }
}

TEST(DecodeJpeg, GreyBecomesEqualChannels) {
  const Pixels grey = gradient(1);
  const Encoded jpeg = encode_jpeg(grey, kHeight, kWidth, JpegKind::grey);
  EXPECT_LE(largest_difference(decoded(jpeg, 1), grey), 2);
  EXPECT_EQ(decoded(jpeg, 3), rgb_of(decoded(jpeg, 1)));
}

TEST(DecodeJpeg, CmykIsLightThroughInks) {
  // Inverted inks, as Adobe stores them: 255 lets all light through.
  struct Case {
    Pixels inks;
    Pixels rgb;
  };
  for (const Case& color :
       {Case{{255, 255, 255, 255}, {255, 255, 255}}, Case{{255, 255, 255, 0}, {0, 0, 0}},
        Case{{0, 255, 255, 255}, {0, 255, 255}}, Case{{200, 100, 50, 128}, {100, 50, 25}}}) {
    Pixels inks;
    Pixels rgb;
    for (int i = 0; i < kHeight * kWidth; ++i) {
      inks.insert(inks.end(), color.inks.begin(), color.inks.end());
      rgb.insert(rgb.end(), color.rgb.begin(), color.rgb.end());
    }
    for (bool ycck : {false, true}) {
      const Encoded jpeg =
          encode_jpeg_as({.quality = 95, .inks = true, .ycck = ycck}, inks, kHeight, kWidth);
      EXPECT_EQ(probe_image(jpeg).channels, 3);
      EXPECT_LE(largest_difference(decoded(jpeg, 3), rgb), 2) << ycck;
      EXPECT_LE(largest_difference(decoded(jpeg, 1), grey_of(rgb)), 2) << ycck;
    }
    // Without Adobe's marker 255 is all ink.
    for (std::uint8_t& ink : inks) ink = static_cast<std::uint8_t>(255 - ink);
    const Encoded plain =
        encode_jpeg_as({.quality = 95, .inks = true, .adobe_marker = false}, inks, kHeight, kWidth);
    EXPECT_LE(largest_difference(decoded(plain, 3), rgb), 2);
    EXPECT_LE(largest_difference(decoded(plain, 1), grey_of(rgb)), 2);
  }
}

TEST(DecodePng, KeepsEveryPixel) {
  const Pixels rgb = gradient(3);
  for (bool interlaced : {false, true}) {
    const Encoded png = encode_png(rgb, kHeight, kWidth, {.interlaced = interlaced});
    EXPECT_EQ(decoded(png, 3), rgb);
    EXPECT_EQ(decoded(png, 1), grey_of(rgb));
  }
  const Pixels grey = gradient(1);
  const Encoded png = encode_png(grey, kHeight, kWidth, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE});
  EXPECT_EQ(decoded(png, 1), grey);
  EXPECT_EQ(decoded(png, 3), rgb_of(grey));
}

TEST(DecodePng, DropsAlpha) {
  const Pixels rgba = gradient(4);
  Pixels rgb;
  for (std::size_t i = 0; i < rgba.size(); i += 4) rgb.insert(rgb.end(), &rgba[i], &rgba[i] + 3);
  const Encoded png =
      encode_png(rgba, kHeight, kWidth, {.color_type = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA});
  EXPECT_EQ(decoded(png, 3), rgb);
  EXPECT_EQ(decoded(png, 1), grey_of(rgb));

  Pixels grey;
  Pixels grey_alpha;
  for (std::uint8_t value : gradient(1)) {
    grey.push_back(value);
    grey_alpha.insert(grey_alpha.end(), {value, 9});
  }
  const Encoded transparent =
      encode_png(grey_alpha, kHeight, kWidth, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE_ALPHA});
  EXPECT_EQ(probe_image(transparent).channels, 1);
  EXPECT_EQ(decoded(transparent, 1), grey);
  EXPECT_EQ(decoded(transparent, 3), rgb_of(grey));
}

TEST(DecodePng, TakesTheHighByteOf16Bits) {
  for (int channels : {1, 3}) {
    const Pixels wanted = gradient(channels);
    std::vector<std::uint16_t> wide;
    for (std::uint8_t value : wanted) wide.push_back(static_cast<std::uint16_t>(value << 8 | 0x42));
    Pixels bytes(wide.size() * 2);
    std::memcpy(bytes.data(), wide.data(), bytes.size());
    const std::uint8_t color_type =
        channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
    const Encoded png =
        encode_png(bytes, kHeight, kWidth, {.color_type = color_type, .bit_depth = 16});
    EXPECT_EQ(decoded(png, channels), wanted);
    EXPECT_EQ(decoded(png, 3), channels == 1 ? rgb_of(wanted) : wanted);
  }
}

TEST(DecodePng, LooksPalettesUp) {
  const std::vector<spng_plte_entry> palette = {{10, 20, 30, 0}, {200, 100, 50, 0}, {0, 255, 0, 0}};
  Pixels indices;
  Pixels rgb;
  for (int i = 0; i < kHeight * kWidth; ++i) {
    const auto index = static_cast<std::uint8_t>(i % 3);
    indices.push_back(index);
    rgb.insert(rgb.end(), {palette[index].red, palette[index].green, palette[index].blue});
  }
  // An entry that is transparent has its colour all the same.
  for (std::uint32_t transparent : {0u, 2u}) {
    const Encoded png = encode_png(
        indices, kHeight, kWidth,
        {.color_type = SPNG_COLOR_TYPE_INDEXED, .transparent_entries = transparent}, palette);
    EXPECT_EQ(probe_image(png).channels, 3);
    EXPECT_EQ(decoded(png, 3), rgb);
    EXPECT_EQ(decoded(png, 1), grey_of(rgb));
  }
}

TEST(DecodePng, SpreadsFewBitsOverTheRange) {
  // Rows of 17 one-bit pixels: three bytes, every other pixel white.
  Pixels bits;
  for (int y = 0; y < kHeight; ++y) bits.insert(bits.end(), {0x55, 0x55, 0x00});
  const Encoded png =
      encode_png(bits, kHeight, kWidth, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE, .bit_depth = 1});
  const Pixels grey = decoded(png, 1);
  for (std::size_t x = 0; x < 16; ++x) EXPECT_EQ(grey[x], x % 2 == 1 ? 255 : 0);
  EXPECT_EQ(decoded(png, 3), rgb_of(grey));
}

TEST(Decode, AFileCutShortIsAnErrorWhereverItWasCut) {
  Image image;
  for (const Encoded& whole : samples_of_every_kind()) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      // A copy of exactly this size, so that a sanitizer sees a read beyond it.
      const auto bytes = std::make_unique<std::byte[]>(size);
      std::copy_n(whole.begin(), size, bytes.get());
      for (int channels : {1, 3}) {
        ASSERT_NE(message_of(ExitCode::data,
                             [&] {
                               decode({bytes.get(), size}, image, channels);
                             }),
                  "")
            << size << " of " << whole.size() << " bytes";
      }
    }
  }
}

TEST(Decode, AFlippedBitIsAnErrorOrAnImage) {
  Image image;
  for (const Encoded& whole : samples_of_every_kind()) {
    for (std::size_t bit = 0; bit < whole.size() * 8; bit += 3) {
      Encoded damaged = whole;
      damaged[bit / 8] ^= std::byte(1u << bit % 8);
      try {
        decode(damaged, image, 3);
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ExitCode::data) << error.what();
      }
    }
  }
}

TEST(DecodePng, AFlippedChecksumIsAnError) {
  Encoded png = encode_png(gradient(3), kHeight, kWidth, {});
  png[png.size() - 12 - 1] ^= std::byte{1};  // of the pixels, in front of the last chunk
  Image image;
  message_of(ExitCode::data, [&] { decode(png, image, 3); });
}

TEST(Decode, AnImageAfterADamagedOneIsWhole) {
  const Encoded jpeg = encode_jpeg(gradient(3), kHeight, kWidth, JpegKind::rgb);
  Image image;
  decode(jpeg, image, 3);
  const Pixels expected = pixels_of(image);
  EXPECT_THROW(decode(std::span(jpeg).first(jpeg.size() - 40), image, 3), Error);
  decode(jpeg, image, 3);
  EXPECT_EQ(pixels_of(image), expected);
}

TEST(Decode, ThreadsDoNotDisturbEachOther) {
  const std::vector<Encoded> samples = samples_of_every_kind();
  std::vector<Pixels> expected;
  for (const Encoded& sample : samples) expected.push_back(decoded(sample, 3));
  std::vector<std::jthread> threads;
  for (std::size_t first = 0; first < 4; ++first) {
    threads.emplace_back([&, first] {
      Image image;
      for (std::size_t i = 0; i < 100; ++i) {
        const std::size_t which = (first + i) % samples.size();
        decode(samples[which], image, 3);
        EXPECT_EQ(pixels_of(image), expected[which]);
      }
    });
  }
}

}  // namespace
}  // namespace lockstep
