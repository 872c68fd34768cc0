// What a file decodes to depends on that file alone, whatever the decoder has read before it.

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "core/error.h"
#include "imaging/codec/decode.h"
#include "imaging/codec/encode.h"
#include "imaging/codec/jpeg.h"
#include "tests/imaging/encoders.h"
#include "tests/imaging/scene.h"

namespace lockstep {
namespace {

/// Without the segments of this marker, as a frame of a Motion JPEG has no Huffman tables (0xc4).
Encoded without(const Encoded& jpeg, int marker) {
  Encoded result(jpeg.begin(), jpeg.begin() + 2);
  std::size_t at = 2;
  const auto byte = [&](std::size_t place) { return std::to_integer<std::size_t>(jpeg[place]); };
  while (byte(at + 1) != 0xda) {  // the data begin
    const std::size_t end = at + 2 + (byte(at + 2) << 8 | byte(at + 3));
    if (byte(at + 1) != static_cast<std::size_t>(marker)) {
      result.insert(result.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(at),
                    jpeg.begin() + static_cast<std::ptrdiff_t>(end));
    }
    at = end;
  }
  result.insert(result.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(at), jpeg.end());
  return result;
}

Pixels noise(std::size_t count, unsigned seed) {
  Pixels pixels(count);
  for (std::uint8_t& pixel : pixels) {
    seed = seed * 1'103'515'245 + 12345;
    pixel = static_cast<std::uint8_t>(seed >> 20);
  }
  return pixels;
}

/// Files with tables of their own, with the standard ones, and without; whole and damaged.
std::vector<Encoded> strange_files() {
  std::vector<Encoded> files;
  for (const int quality : {30, 90}) {
    for (const JpegLayout& layout :
         {JpegLayout{.quality = quality}, JpegLayout{.channels = 1, .quality = quality},
          JpegLayout{.across = 2, .down = 2, .quality = quality},
          JpegLayout{.progressive = true, .quality = quality},
          JpegLayout{.channels = 4, .quality = quality, .inks = true}}) {
      const auto size = static_cast<std::size_t>(40 * 24 * layout.channels);
      files.push_back(encode_jpeg_as(layout, noise(size, 7), 40, 24));
    }
    const Image picture = scene(3, 40, 24);
    files.push_back(encode_jpeg(picture.view(), quality));  // Huffman tables of its own
  }
  for (std::size_t i = 0, count = files.size(); i < count; ++i) {
    files.push_back(without(files[i], 0xc4));  // Huffman tables
    files.push_back(without(files[i], 0xdb));  // quantization tables
    Encoded cut = files[i];
    cut.resize(cut.size() * 2 / 3);
    files.push_back(std::move(cut));
  }
  return files;
}

enum class Way { whole, part };

/// The pixels that a decoder gives, or the error.
std::string decode_with(JpegDecoder& decoder, const Encoded& file, Way way) {
  try {
    decoder.open(file);
    Image image;
    if (way == Way::whole) {
      decoder.decode(image, 3);
      return {reinterpret_cast<const char*>(image.row(0)), image.size_bytes()};
    }
    const PixelBox part{1, 2, 3, 2};
    const ImageView view = decoder.decode_part(1, Chroma::interpolated, part, 3, image);
    std::string pixels;
    for (int y = 0; y < view.height; ++y) {
      pixels.append(reinterpret_cast<const char*>(view.row(y)),
                    static_cast<std::size_t>(3 * view.width));
    }
    return pixels;
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(DecoderMemory, AnyTwoFilesInAnyOrderGiveWhatEachGivesAlone) {
  const std::vector<Encoded> files = strange_files();
  for (const Way way : {Way::whole, Way::part}) {
    std::vector<std::string> alone;
    for (const Encoded& file : files) {
      JpegDecoder decoder;
      alone.push_back(decode_with(decoder, file, way));
    }
    JpegDecoder decoder;
    for (std::size_t first = 0; first < files.size(); ++first) {
      for (std::size_t second = 0; second < files.size(); ++second) {
        EXPECT_EQ(decode_with(decoder, files[first], way), alone[first]);
        EXPECT_TRUE(decode_with(decoder, files[second], way) == alone[second])
            << second << " after " << first;
      }
    }
  }
}

TEST(DecoderMemory, AFileWithoutHuffmanTablesHasTheStandardOnes) {
  const Encoded whole = encode_jpeg_as({}, noise(40 * 24 * 3, 7), 40, 24);
  const Encoded frame = without(whole, 0xc4);
  ASSERT_LT(frame.size(), whole.size());
  JpegDecoder decoder;
  const Image picture = scene(3, 40, 24);
  decode_with(decoder, encode_jpeg(picture.view(), 50), Way::whole);
  EXPECT_TRUE(decode_with(decoder, frame, Way::whole) == decode_with(decoder, whole, Way::whole));
  Image one;
  Image other;
  decode(whole, one, 3);
  decode(frame, other, 3);
  EXPECT_TRUE(std::equal(one.row(0), one.row(0) + one.size_bytes(), other.row(0)));
}

}  // namespace
}  // namespace lockstep
