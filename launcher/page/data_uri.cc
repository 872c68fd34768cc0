#include "launcher/page/data_uri.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace lockstep {

std::string data_uri(std::string_view mime, std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t kBytes = 3, kDigitsOfBytes = 4;
  std::string uri = fmt::format("data:{};base64,", mime);
  uri.reserve(uri.size() + (bytes.size() + kBytes - 1) / kBytes * kDigitsOfBytes);
  for (std::size_t begin = 0; begin < bytes.size(); begin += kBytes) {
    const std::size_t count = std::min(kBytes, bytes.size() - begin);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < kBytes; ++i) {
      bits = bits << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[begin + i]) : 0);
    }
    for (std::size_t digit = 0; digit < kDigitsOfBytes; ++digit) {
      const std::uint32_t value = bits >> (6 * (kBytes - digit)) & 0x3f;
      uri += digit <= count ? kDigits[value] : '=';
    }
  }
  return uri;
}

}  // namespace lockstep
