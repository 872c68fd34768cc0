#include "imaging/codec/jpeg_check.h"

#include <functional>

#include <gtest/gtest.h>

#include "core/error.h"
#include "imaging/codec/decode.h"
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

}  // namespace
}  // namespace lockstep
