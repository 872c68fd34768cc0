#include "imaging/codec/signature.h"

#include <algorithm>

namespace lockstep {

bool has_signature(std::span<const std::byte> data, std::string_view signature,
                   std::size_t offset) {
  const auto bytes = std::as_bytes(std::span(signature));
  return data.size() >= offset && data.size() - offset >= bytes.size() &&
         std::ranges::equal(data.subspan(offset, bytes.size()), bytes);
}

bool contains_signature(std::span<const std::byte> data, std::string_view signature) {
  const auto bytes = std::as_bytes(std::span(signature));
  return std::find_end(data.begin(), data.end(), bytes.begin(), bytes.end()) != data.end();
}

}  // namespace lockstep
