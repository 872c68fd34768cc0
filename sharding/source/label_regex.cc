#include "sharding/source/label_regex.h"

#include <array>

#include "core/error.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace lockstep {
namespace {

PCRE2_SPTR to_units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

}  // namespace

struct LabelRegex::Compiled {
  std::string pattern;
  std::string option;
  std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code{nullptr, &pcre2_code_free};
};

LabelRegex::~LabelRegex() = default;
LabelRegex::LabelRegex(LabelRegex&&) noexcept = default;
LabelRegex& LabelRegex::operator=(LabelRegex&&) noexcept = default;

LabelRegex::LabelRegex(const std::string& pattern, std::string_view option)
    : compiled_(std::make_unique<Compiled>()) {
  compiled_->pattern = pattern;
  compiled_->option = option;
  int error = 0;
  PCRE2_SIZE position = 0;
  compiled_->code.reset(pcre2_compile(to_units(pattern), pattern.size(),
                                      PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &error, &position,
                                      nullptr));
  check(compiled_->code != nullptr, ExitCode::usage, "{} '{}': {} (at character {})", option,
        pattern, message_of(error), position + 1);
  std::uint32_t groups = 0;
  pcre2_pattern_info(compiled_->code.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
  check(groups == 1, ExitCode::usage,
        "{} '{}' has {} groups; exactly one, in parentheses, is needed: what it matches is taken "
        "((?:…) groups without capturing)",
        option, pattern, groups);
}

std::optional<std::string> LabelRegex::find(std::string_view text) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create(2, nullptr), &pcre2_match_data_free);
  check(match != nullptr, ExitCode::internal, "PCRE2: out of memory");
  const int result =
      pcre2_match(compiled_->code.get(), to_units(text), text.size(), 0, 0, match.get(), nullptr);
  if (result == PCRE2_ERROR_NOMATCH) return std::nullopt;
  check(result > 0, ExitCode::usage, "{} '{}' cannot be matched with '{}': {}", compiled_->option,
        compiled_->pattern, text, message_of(result));
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(match.get());
  if (result < 2 || bounds[2] == bounds[3]) return std::nullopt;
  return std::string(text.substr(bounds[2], bounds[3] - bounds[2]));
}

}  // namespace lockstep
