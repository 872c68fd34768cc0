#include "launcher/page/escape.h"

#include "core/printable.h"

namespace lockstep {
namespace {

std::string without_markup(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace

std::string escaped(std::string_view text) { return without_markup(printable(text)); }

std::string escaped_lines(std::string_view text) { return without_markup(printable_lines(text)); }

}  // namespace lockstep
