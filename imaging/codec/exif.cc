#include "imaging/codec/exif.h"

#include <cstdint>
#include <string_view>

#include "imaging/codec/signature.h"

namespace lockstep {
namespace {

/// Reads numbers in a file's byte order. Beyond its end they are 0, which no search below looks
/// for.
class TiffBytes {
 public:
  explicit TiffBytes(std::span<const std::byte> bytes) : bytes_(bytes) {
    little_endian_ = byte(0) == 'I';
  }

  std::uint32_t byte(std::size_t at) const {
    return at < bytes_.size() ? static_cast<std::uint32_t>(bytes_[at]) : 0;
  }
  std::uint32_t number_16(std::size_t at) const {
    return little_endian_ ? byte(at) | byte(at + 1) << 8 : byte(at) << 8 | byte(at + 1);
  }
  std::uint32_t number_32(std::size_t at) const {
    return little_endian_ ? number_16(at) | number_16(at + 2) << 16
                          : number_16(at) << 16 | number_16(at + 2);
  }

 private:
  std::span<const std::byte> bytes_;
  bool little_endian_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> data) {
  using namespace std::string_view_literals;
  constexpr std::uint32_t kOrientationTag = 0x0112;
  constexpr std::uint32_t kShort = 3;
  constexpr std::size_t kEntryBytes = 12;
  if (has_signature(data, "Exif\0\0"sv)) data = data.subspan(6);
  if (!has_signature(data, "II\x2a\0"sv) && !has_signature(data, "MM\0\x2a"sv)) return 1;
  const TiffBytes tiff(data);
  const std::size_t directory = tiff.number_32(4);
  const std::uint32_t entries = tiff.number_16(directory);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (entry + kEntryBytes > data.size()) break;
    if (tiff.number_16(entry) != kOrientationTag) continue;
    const std::uint32_t value = tiff.number_16(entry + 8);
    const bool good = tiff.number_16(entry + 2) == kShort && value >= 1 && value <= 8;
    return good ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace lockstep
