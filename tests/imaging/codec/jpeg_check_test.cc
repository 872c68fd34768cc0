#include "imaging/codec/jpeg_check.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "core/error.h"
#include "imaging/codec/decode.h"
#include "imaging/codec/jpeg.h"
#include "tests/imaging/encoders.h"

namespace lockstep {
namespace {

constexpr int kHeight = 37;
constexpr int kWidth = 29;

Encoded example(JpegKind kind) {
  const int channels = kind == JpegKind::grey ? 1 : kind == JpegKind::cmyk ? 4 : 3;
  Pixels pixels(static_cast<std::size_t>(kHeight * kWidth * channels));
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::uint8_t>(i * i / 7 + 5 * i);
  }
  return encode_jpeg(pixels, kHeight, kWidth, kind);
}

bool throws(const std::function<void()>& body) {
  try {
    body();
    return false;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data) << error.what();
    return true;
  }
}

/// As its natural channels say.
bool decode_throws(const Encoded& jpeg) {
  Image image;
  return throws([&] { decode(jpeg, image, probe_image(jpeg).channels); });
}

constexpr JpegKind kKinds[] = {JpegKind::grey, JpegKind::rgb, JpegKind::cmyk,
                               JpegKind::progressive_rgb};

TEST(JpegCheck, FindsEveryTruncationThatDecodingFinds) {
  for (const JpegKind kind : kKinds) {
    const Encoded jpeg = example(kind);
    for (std::size_t size = 0; size <= jpeg.size(); ++size) {
      const Encoded part(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(size));
      const bool bad = size < jpeg.size();
      EXPECT_EQ(throws([&] { check_jpeg(part); }), bad) << size;
      EXPECT_EQ(throws([&] { check_jpeg_structure(part); }), bad) << size;
    }
  }
}

TEST(JpegCheck, FindsEveryFlippedBitThatDecodingFinds) {
  for (const JpegKind kind : kKinds) {
    const Encoded jpeg = example(kind);
    int found = 0;
    // What starts otherwise than a JPEG is none.
    for (std::size_t at = 3; at < jpeg.size(); ++at) {
      Encoded flipped = jpeg;
      flipped[at] ^= std::byte{1} << (at % 8);
      const bool bad = decode_throws(flipped);
      found += bad;
      EXPECT_EQ(throws([&] { check_jpeg(flipped); }), bad) << at;
    }
    EXPECT_GT(found, 10);
  }
}

/// `jpeg`, which is progressive, with its first scan, of the means of blocks, `times` over.
Encoded with_first_scan(const Encoded& jpeg, int times) {
  const auto find_marker = [&](Encoded::const_iterator from, auto is_wanted) {
    return std::adjacent_find(from, jpeg.end(), [&](std::byte first, std::byte second) {
      return first == std::byte{0xff} && is_wanted(second);
    });
  };
  const auto begin = find_marker(jpeg.begin(), [](std::byte b) { return b == std::byte{0xda}; });
  const auto end = find_marker(begin + 2, [](std::byte b) { return b != std::byte{0}; });
  Encoded result(jpeg.begin(), begin);
  for (int i = 0; i < times; ++i) result.insert(result.end(), begin, end);
  result.insert(result.end(), end, jpeg.end());
  return result;
}

TEST(JpegCheck, ScansWithoutEndAreRefusedByAllThatDecode) {
  const Encoded jpeg = example(JpegKind::progressive_rgb);
  EXPECT_FALSE(decode_throws(with_first_scan(jpeg, 10)));
  const Encoded endless = with_first_scan(jpeg, 600);
  EXPECT_TRUE(decode_throws(endless));
  EXPECT_TRUE(throws([&] { check_jpeg(endless); }));
  JpegDecoder decoder;
  decoder.open(endless);
  Image buffer;
  EXPECT_TRUE(throws([&] {
    decoder.decode_part(2, Chroma::interpolated, {0, 0, 8, 8}, 3, buffer);
  }));
}

TEST(JpegCheck, AHeaderThatClaimsMoreThanTheFileHoldsTakesNoMemory) {
  Encoded jpeg = example(JpegKind::progressive_rgb);
  for (std::size_t i = 0; i + 9 < jpeg.size(); ++i) {
    if (jpeg[i] != std::byte{0xff} || jpeg[i + 1] != std::byte{0xc2}) continue;
    jpeg[i + 5] = jpeg[i + 7] = std::byte{0x27};  // 10,021 x 10,013 pixels
  }
  EXPECT_TRUE(throws([&] { check_jpeg(jpeg); }));
  JpegDecoder decoder;
  decoder.open(jpeg, {.side = 20'000, .pixels = 1'000'000'000});
  Image buffer;
  EXPECT_TRUE(throws([&] {
    decoder.decode_part(8, Chroma::interpolated, {0, 0, 8, 8}, 3, buffer);
  }));
}

TEST(LargeJpeg, InksWithinTheLimitsAreDecodedWhole) {
  Image large, whole;
  const Encoded jpeg = example(JpegKind::cmyk);
  decode_large_jpeg(jpeg, {}, 4, large, 3);
  decode(jpeg, whole, 3);
  ASSERT_EQ(large.size_bytes(), whole.size_bytes());
  EXPECT_TRUE(std::equal(large.row(0), large.row(0) + large.size_bytes(), whole.row(0)));
}

}  // namespace
}  // namespace lockstep
