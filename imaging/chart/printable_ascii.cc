#include "imaging/chart/printable_ascii.h"

namespace lockstep {

std::string printable_ascii(std::string_view text) {
  std::string result;
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    const bool continues_a_character = (code & 0xc0) == 0x80;
    if (continues_a_character) continue;
    result += code >= 0x20 && code < 0x7f ? byte : '?';
  }
  return result;
}

}  // namespace lockstep
