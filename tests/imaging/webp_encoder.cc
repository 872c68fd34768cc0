#include "tests/imaging/webp_encoder.h"

#include <memory>

#include <webp/encode.h>

namespace lockstep {

Encoded encode_webp(const Pixels& pixels, int height, int width, int channels) {
  std::uint8_t* memory = nullptr;
  const auto encode = channels == 4 ? &WebPEncodeLosslessRGBA : &WebPEncodeLosslessRGB;
  const std::size_t size = encode(pixels.data(), width, height, width * channels, &memory);
  const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> owner(memory, &WebPFree);
  const auto* bytes = reinterpret_cast<const std::byte*>(memory);
  return {bytes, bytes + size};
}

}  // namespace lockstep
