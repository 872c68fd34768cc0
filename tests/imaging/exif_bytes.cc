#include "tests/imaging/exif_bytes.h"

#include <initializer_list>

namespace lockstep {
namespace {

void append(Encoded& bytes, std::initializer_list<int> values) {
  for (int value : values) bytes.push_back(static_cast<std::byte>(value));
}

void append_number(Encoded& bytes, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::byte>(number >> shift & 255));
  }
}

std::uint32_t checksum(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xffffffff;
  for (std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int k = 0; k < 8; ++k) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
  }
  return ~crc;
}

}  // namespace

Encoded tiff_with(int orientation, bool little_endian) {
  Encoded tiff;
  if (little_endian) {
    append(tiff, {'I', 'I', 42, 0, 8, 0, 0, 0, 2, 0});
    append(tiff, {0x0f, 1, 2, 0, 4, 0, 0, 0, 'a', 'b', 'c', 0});
    append(tiff, {0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0});
  } else {
    append(tiff, {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 2});
    append(tiff, {1, 0x0f, 0, 2, 0, 0, 0, 4, 'a', 'b', 'c', 0});
    append(tiff, {1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0});
  }
  append(tiff, {0, 0, 0, 0});
  return tiff;
}

Encoded with_exif(const Encoded& jpeg, const Encoded& tiff) {
  Encoded result(jpeg.begin(), jpeg.begin() + 2);
  const int length = static_cast<int>(tiff.size()) + 8;
  append(result, {0xff, 0xe1, length >> 8, length & 255, 'E', 'x', 'i', 'f', 0, 0});
  result.insert(result.end(), tiff.begin(), tiff.end());
  result.insert(result.end(), jpeg.begin() + 2, jpeg.end());
  return result;
}

Encoded with_png_exif(const Encoded& png, const Encoded& tiff) {
  constexpr std::ptrdiff_t kHeaderEnd = 8 + 25;
  Encoded chunk;
  append(chunk, {'e', 'X', 'I', 'f'});
  chunk.insert(chunk.end(), tiff.begin(), tiff.end());
  Encoded result(png.begin(), png.begin() + kHeaderEnd);
  append_number(result, static_cast<std::uint32_t>(tiff.size()));
  result.insert(result.end(), chunk.begin(), chunk.end());
  append_number(result, checksum(chunk));
  result.insert(result.end(), png.begin() + kHeaderEnd, png.end());
  return result;
}

}  // namespace lockstep
