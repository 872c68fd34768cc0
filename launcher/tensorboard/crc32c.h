#pragma once

#include <cstdint>
#include <string_view>

namespace lockstep {

/// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) of `bytes`, as RFC 3720, appendix B.4, has
/// it.
std::uint32_t crc32c(std::string_view bytes);

/// That of a record of a TFRecord file: a checksum of bytes that hold such a checksum is of no use,
/// so it is turned and shifted.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace lockstep
