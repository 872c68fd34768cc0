#include <cstdlib>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <webp/encode.h>

#include "core/error.h"
#include "imaging/codec/decode.h"
#include "imaging/pixels/color.h"
#include "tests/imaging/encoders.h"
#include "tests/imaging/webp_encoder.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

constexpr int kHeight = 13;
constexpr int kWidth = 18;

Pixels gradient(int channels) {
  Pixels pixels;
  for (int i = 0; i < kHeight * kWidth; ++i) {
    for (int c = 0; c < channels; ++c) {
      pixels.push_back(static_cast<std::uint8_t>(50 + 40 * c + (c == 1 ? 5 : 2) * (i / kWidth)));
    }
  }
  return pixels;
}

Encoded owned(std::uint8_t* memory, std::size_t size) {
  const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> owner(memory, &WebPFree);
  const auto* bytes = reinterpret_cast<const std::byte*>(memory);
  return {bytes, bytes + size};
}

Encoded lossless(const Pixels& pixels, int channels) {
  return encode_webp(pixels, kHeight, kWidth, channels);
}

Encoded lossy(const Pixels& pixels) {
  std::uint8_t* memory = nullptr;
  const std::size_t size = WebPEncodeRGB(pixels.data(), kWidth, kHeight, kWidth * 3, 95, &memory);
  return owned(memory, size);
}

void append(Encoded& bytes, std::initializer_list<int> values) {
  for (int value : values) bytes.push_back(static_cast<std::byte>(value));
}

void append_chunk(Encoded& bytes, const char* name, std::span<const std::byte> data) {
  append(bytes, {name[0], name[1], name[2], name[3]});
  const auto size = static_cast<int>(data.size());
  append(bytes, {size & 255, size >> 8 & 255, size >> 16 & 255, 0});
  bytes.insert(bytes.end(), data.begin(), data.end());
  if (data.size() % 2 == 1) append(bytes, {0});
}

/// A file in the extended format: a header with `flags`, then `chunks`.
Encoded extended(int flags, const Encoded& chunks) {
  Encoded header;
  append(header, {flags, 0, 0, 0, kWidth - 1, 0, 0, kHeight - 1, 0, 0});
  Encoded content;
  append(content, {'W', 'E', 'B', 'P'});
  append_chunk(content, "VP8X", header);
  content.insert(content.end(), chunks.begin(), chunks.end());
  Encoded file;
  append_chunk(file, "RIFF", content);
  return file;
}

/// The image chunk of a simple file.
Encoded image_chunk(const Encoded& file) { return {file.begin() + 12, file.end()}; }

Pixels decoded(const Encoded& file, int channels) {
  Image image;
  decode(file, image, channels);
  return {image.row(0), image.row(0) + image.size_bytes()};
}

TEST(WebP, LosslessKeepsEveryPixel) {
  const Pixels rgb = gradient(3);
  const Encoded file = lossless(rgb, 3);
  const ImageInfo info = probe_image(file);
  EXPECT_EQ(info.format, ImageFormat::webp);
  EXPECT_EQ(info.height, kHeight);
  EXPECT_EQ(info.width, kWidth);
  EXPECT_EQ(info.channels, 3);
  EXPECT_EQ(decoded(file, 3), rgb);
  const Pixels grey = decoded(file, 1);
  for (std::size_t i = 0; i < grey.size(); ++i) {
    EXPECT_EQ(grey[i], luma(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]));
  }
}

TEST(WebP, LossyStaysClose) {
  const Pixels rgb = gradient(3);
  const Pixels pixels = decoded(lossy(rgb), 3);
  ASSERT_EQ(pixels.size(), rgb.size());
  for (std::size_t i = 0; i < rgb.size(); ++i) EXPECT_NEAR(pixels[i], rgb[i], 6);
}

TEST(WebP, AlphaIsDropped) {
  Pixels rgba;
  const Pixels rgb = gradient(3);
  for (std::size_t i = 0; i < rgb.size(); i += 3) {
    rgba.insert(rgba.end(), {rgb[i], rgb[i + 1], rgb[i + 2], std::uint8_t(7 + i % 200)});
  }
  EXPECT_EQ(decoded(lossless(rgba, 4), 3), rgb);
}

TEST(WebP, ExifTurnsIt) {
  Encoded tiff;
  append(tiff, {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0});
  append(tiff, {0, 0, 0, 0});
  const Pixels rgb = gradient(3);
  Encoded chunks = image_chunk(lossless(rgb, 3));
  append_chunk(chunks, "EXIF", tiff);
  const Encoded file = extended(0x08, chunks);
  EXPECT_EQ(probe_image(file).orientation, 6);
  EXPECT_EQ(probe_image(file).height, kWidth);
  const Pixels upright = decoded(file, 3);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const int u = kHeight - 1 - y;  // row 0 is the right side, column 0 the top
      ASSERT_EQ(upright[std::size_t((x * kHeight + u) * 3)],
                rgb[std::size_t((y * kWidth + x) * 3)]);
    }
  }
}

TEST(WebP, AnimationsAreRefused) {
  Encoded frame;
  append(frame, {0, 0, 0, 0, 0, 0, kWidth - 1, 0, 0, kHeight - 1, 0, 0, 100, 0, 0, 0});
  const Encoded image = image_chunk(lossless(gradient(3), 3));
  frame.insert(frame.end(), image.begin(), image.end());
  Encoded chunks;
  append_chunk(chunks, "ANIM", Encoded(6, std::byte{0}));
  append_chunk(chunks, "ANMF", frame);
  append_chunk(chunks, "ANMF", frame);
  const Encoded file = extended(0x02, chunks);
  Image pixels;
  EXPECT_THAT(message_of(ExitCode::data, [&] { probe_image(file); }), HasSubstr("animated"));
  EXPECT_THAT(message_of(ExitCode::data, [&] { decode(file, pixels, 3); }), HasSubstr("animated"));
}

// libwebp makes chunks of even size, so the last byte is the image's own; a chunk of odd size is
// followed by a byte of padding, which belongs to the file too.
TEST(WebP, AFileCutShortIsAnErrorWhereverItWasCut) {
  Encoded chunks = image_chunk(lossless(gradient(3), 3));
  append_chunk(chunks, "EXIF", Encoded(27, std::byte{0}));
  for (const Encoded& whole :
       {lossless(gradient(3), 3), lossy(gradient(3)), extended(0x08, chunks)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto bytes = std::make_unique<std::byte[]>(size);
      std::copy_n(whole.begin(), size, bytes.get());
      Image image;
      ASSERT_NE(message_of(ExitCode::data,
                           [&] {
                             decode({bytes.get(), size}, image, 3);
                           }),
                "")
          << size << " of " << whole.size() << " bytes";
    }
  }
}

}  // namespace
}  // namespace lockstep
