#include "imaging/codec/encode.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "imaging/codec/decode.h"

namespace lockstep {
namespace {

/// Smooth, and larger than its part that is encoded, so that rows lie apart.
Image ramp(int channels) {
  Image image;
  image.reshape(40, 60, channels);
  for (int y = 0; y < image.height(); ++y) {
    for (int i = 0; i < image.width() * channels; ++i) {
      const int c = i % channels;
      image.row(y)[i] = static_cast<std::uint8_t>(20 + (c == 1 ? 3 * y : 2 * (i / channels)) + c);
    }
  }
  return image;
}

int largest_difference(const ImageView& a, const ImageView& b) {
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.width, b.width);
  int largest = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int i = 0; i < a.width * a.channels; ++i) {
      largest = std::max(largest, std::abs(int{a.row(y)[i]} - int{b.row(y)[i]}));
    }
  }
  return largest;
}

TEST(EncodePng, KeepsEveryPixelOfAPart) {
  for (int channels : {1, 3}) {
    const Image image = ramp(channels);
    for (const ImageView& view : {image.view(), image.view().part(3, 5, 31, 47)}) {
      const std::vector<std::byte> png = encode_png(view);
      EXPECT_EQ(probe_image(png).format, ImageFormat::png);
      EXPECT_EQ(probe_image(png).channels, channels);
      Image decoded;
      decode(png, decoded, channels);
      EXPECT_EQ(largest_difference(decoded.view(), view), 0);
    }
  }
}

TEST(EncodeJpeg, StaysCloseAndGrowsWithQuality) {
  for (int channels : {1, 3}) {
    const Image image = ramp(channels);
    const ImageView view = image.view().part(3, 5, 31, 47);
    const std::vector<std::byte> jpeg = encode_jpeg(view, 95);
    EXPECT_EQ(probe_image(jpeg).format, ImageFormat::jpeg);
    EXPECT_EQ(probe_image(jpeg).channels, channels);
    Image decoded;
    decode(jpeg, decoded, channels);
    EXPECT_LE(largest_difference(decoded.view(), view), 8);
    EXPECT_LT(encode_jpeg(view, 30).size(), jpeg.size());
  }
}

TEST(EncodeJpeg, RefusesAQualityOutOfRange) {
  const Image image = ramp(3);
  for (int quality : {0, 101}) EXPECT_THROW(encode_jpeg(image.view(), quality), Error);
}

}  // namespace
}  // namespace lockstep
