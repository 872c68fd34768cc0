#include "imaging/codec/file_kind.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/codec/decode.h"
#include "imaging/codec/png.h"
#include "tests/imaging/encoders.h"

namespace lockstep {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

Encoded bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(FileKind, NamesWhatAFileIsInsteadOfAnImageThatIsRead) {
  const std::pair<std::string, std::string> images[] = {
      {"GIF89a"s, "a GIF"},
      {"BM\x46\0\0\0\0\0\0\0\x36\0"s, "a BMP"},
      {"II*\0"s, "a TIFF"},
      {"MM\0*"s, "a TIFF"},
      {"\0\0\0\x18"
       "ftypheic"s,
       "a HEIC"},
      {"\0\0\0\x20"
       "ftypavif"s,
       "an AVIF"},
      {"\0\0\0\x0cJXL "s, "a JPEG XL"},
      {"<?xml version='1.0'?>\n<svg"s, "an SVG"},
      {"P5\n2 2\n"s, "a Netpbm"},
      {std::string(128, '\0') + "DICM", "a DICOM"},
  };
  for (const auto& [bytes, name] : images) {
    const FileKind kind = describe_file(bytes_of(bytes));
    EXPECT_THAT(kind.text, HasSubstr(name));
    EXPECT_THAT(kind.text, HasSubstr("convert it to JPEG, PNG or WebP"));
    EXPECT_TRUE(kind.is_image) << name;
  }
  const std::pair<std::string, std::string> others[] = {
      {"", "empty; fetch it again"},
      {"\n <!DOCTYPE html><html>", "an HTML page"},
      {"<HTML><body>404", "an HTML page"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:4d", "git lfs pull"},
      {"\xff\xd8", "the first bytes of an image"},
      {"\x89PN", "the first bytes of an image"},
      {std::string(1000, '\0'), "nothing but zeros"},
      {"404: Not Found", "a text: '404: Not Found'"},
      {"\x89PNG\n\x1a\n", "line ends"},
      {"PK\3\4", "a ZIP archive"},
      {"\x01\x02\xfe", "it starts with the bytes 01 02 fe (3 bytes)"},
  };
  for (const auto& [bytes, name] : others) {
    const FileKind kind = describe_file(bytes_of(bytes));
    EXPECT_THAT(kind.text, HasSubstr(name));
    EXPECT_FALSE(kind.is_image) << name;
  }
}

TEST(FileKind, TellsJpegsOfKindsThatAreNotReadFromDamagedOnes) {
  const Encoded good = encode_jpeg(Pixels(16 * 16 * 3, 90), 16, 16, JpegKind::rgb);
  EXPECT_EQ(find_unsupported_jpeg(good), "");
  std::size_t frame = 0;
  while (good[frame] != std::byte{0xff} || good[frame + 1] != std::byte{0xc0}) ++frame;
  const auto changed = [&](std::size_t at, int value) {
    Encoded bytes = good;
    bytes[frame + at] = std::byte(value);
    return find_unsupported_jpeg(bytes);
  };
  EXPECT_EQ(changed(4, 12), "a JPEG of 12 bits a sample");
  EXPECT_EQ(changed(1, 0xc3), "a lossless JPEG");
  EXPECT_EQ(changed(1, 0xc5), "a hierarchical JPEG");
  EXPECT_EQ(changed(1, 0xc9), "a JPEG with arithmetic coding");
  EXPECT_EQ(changed(9, 2), "a JPEG of 2 channels");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(find_unsupported_jpeg(std::span(good).first(size)), "") << size;
  }
  EXPECT_EQ(find_unsupported_jpeg(bytes_of("GIF89a")), "");
}

/// A PNG with a chunk of this name and data after its header.
Encoded with_chunk(const Encoded& png, std::string_view name_and_data) {
  constexpr std::size_t kHeaderEnd = 8 + 25;
  Encoded bytes(png.begin(), png.begin() + kHeaderEnd);
  const auto put = [&](std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(std::byte(number >> shift));
  };
  put(static_cast<std::uint32_t>(name_and_data.size() - 4));
  std::uint32_t crc = 0xffffffff;
  for (const char c : name_and_data) {
    bytes.push_back(std::byte(c));
    crc ^= static_cast<unsigned char>(c);
    for (int k = 0; k < 8; ++k) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
  }
  put(~crc);
  bytes.insert(bytes.end(), png.begin() + kHeaderEnd, png.end());
  return bytes;
}

TEST(FileKind, AnAnimatedPngIsNotOneImage) {
  const Encoded png = encode_png(Pixels(12, 90), 2, 2, {});
  EXPECT_EQ(find_animation(png), "");
  EXPECT_EQ(find_animation(with_chunk(png, "acTL\0\0\0\3\0\0\0\0"s)), "an animated PNG");
  EXPECT_EQ(find_animation(with_chunk(png, "acTL\0\0\0\1\0\0\0\0"s)), "") << "one frame";
  const Encoded animated = with_chunk(png, "acTL\0\0\0\3\0\0\0\0"s);
  for (std::size_t size = 0; size < 48; ++size) {
    EXPECT_EQ(find_animation(std::span(animated).first(size)), "") << size;
  }
}

TEST(WidePng, KeepsItsValuesAndIsNarrowedToWhatIsAsked) {
  Pixels pixels;
  const std::uint16_t values[] = {0, 1000, 4095, 65'535, 2047, 7};
  for (const std::uint16_t value : values) {  // in the machine's order
    pixels.push_back(static_cast<std::uint8_t>(value & 255));
    pixels.push_back(static_cast<std::uint8_t>(value >> 8));
  }
  const Encoded png =
      encode_png(pixels, 2, 3, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE, .bit_depth = 16});
  ASSERT_TRUE(is_wide_png(png));
  const WidePixels wide = decode_wide_png(png);
  EXPECT_THAT(wide.values, testing::ElementsAreArray(values));
  EXPECT_EQ(wide.largest, 65'535);
  EXPECT_EQ(wide.significant_bits, 16);
  EXPECT_EQ(decode_wide_png(with_chunk(png, "sBIT\x0c")).significant_bits, 12);
  Image image;
  narrow(wide, 4095, image);
  EXPECT_EQ(image.row(0)[1], 62);  // 1000 x 255 / 4095
  EXPECT_EQ(image.row(0)[2], 255);
  EXPECT_EQ(image.row(1)[0], 255);  // cut off
  EXPECT_EQ(image.row(1)[1], 127);
  EXPECT_FALSE(is_wide_png(encode_png(Pixels(12, 90), 2, 2, {})));
}

TEST(Claims, OfAHeaderTakeNoMemory) {
  Encoded png = encode_png(Pixels(12, 90), 2, 2, {});
  const std::string header = "IHDR\0\0\x23\x28\0\0\x23\x28\x08\x02\0\0\0"s;
  Encoded claims(png.begin(), png.begin() + 8);
  const Encoded chunk = with_chunk(Encoded(33), header);
  claims.insert(claims.end(), chunk.begin() + 33, chunk.end());
  claims.insert(claims.end(), png.begin() + 33, png.end());
  Image image;
  try {
    decode(claims, image, 3);
    ADD_FAILURE() << "no error was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot hold 9000 x 9000 pixels"));
  }
}

}  // namespace
}  // namespace lockstep
