#include "sharding/source/label_name.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include <utf8proc.h>

namespace lockstep {
namespace {

/// In UTF-8: those of ASCII, and the no-break, ideographic and zero-width spaces that spreadsheets
/// and web pages leave, with the byte order mark.
constexpr std::array<std::string_view, 11> kWhiteSpace{
    " ",        "\t",           "\r",           "\n",           "\v",          "\f",
    "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe2\x80\xaf"};

/// pandas.read_csv's default `na_values`.
constexpr std::array<std::string_view, 18> kMissingValues{
    "",        "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND",
    "1.#QNAN", "<NA>", "N/A",      "NA",  "NaN",     "None",     "n/a",  "nan",  "null"};
constexpr std::array<std::string_view, 3> kMoreMissingValues{"NULL", "NAN", "NaT"};

/// What utf8proc makes of `text`; std::nullopt where it is not UTF-8.
std::optional<std::string> mapped(std::string_view text, int options) {
  utf8proc_uint8_t* result = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &result,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
  if (size < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(result), static_cast<std::size_t>(size));
}

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) > 127; });
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view space : kWhiteSpace) {
      if (text.starts_with(space)) text.remove_prefix(space.size()), again = true;
      if (text.ends_with(space)) text.remove_suffix(space.size()), again = true;
    }
  }
  return text;
}

std::string clean_name(std::string_view text) {
  text = trimmed(text);
  if (is_ascii(text)) return std::string(text);
  return mapped(text, 0).value_or(std::string(text));
}

bool is_utf8(std::string_view text) { return is_ascii(text) || mapped(text, 0).has_value(); }

std::string without_case(std::string_view text) {
  return mapped(text, UTF8PROC_CASEFOLD).value_or(std::string(text));
}

bool is_missing_value(std::string_view trimmed_text) {
  return std::ranges::find(kMissingValues, trimmed_text) != kMissingValues.end() ||
         std::ranges::find(kMoreMissingValues, trimmed_text) != kMoreMissingValues.end();
}

}  // namespace lockstep
