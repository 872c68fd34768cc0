#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace lockstep {

/// a + b; throws Error(data) naming `what` where it does not fit T. For numbers that were read from
/// a file.
template <std::integral T>
T checked_add(T a, T b, const char* what) {
  T result;
  check(!__builtin_add_overflow(a, b, &result), ExitCode::data, "{} overflows: {} + {}", what, a,
        b);
  return result;
}

/// a * b; throws Error(data) naming `what` where it does not fit T.
template <std::integral T>
T checked_mul(T a, T b, const char* what) {
  T result;
  check(!__builtin_mul_overflow(a, b, &result), ExitCode::data, "{} overflows: {} x {}", what, a,
        b);
  return result;
}

/// `value` as a To; throws Error(data) naming `what` where it does not fit.
template <std::integral To, std::integral From>
To checked_cast(From value, const char* what) {
  check(std::in_range<To>(value), ExitCode::data, "{} is out of range: {}", what, value);
  return static_cast<To>(value);
}

/// The number that all of `text` is, in decimal digits and whatever the locale; a plus sign may be
/// before it. std::nullopt where it is something else, does not fit Number, or is not finite.
///
///     parse_number<int>("+12")     // 12
///     parse_number<int>("1.5")     // std::nullopt
template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::floating_point<Number>) {
    if (!std::isfinite(number)) return std::nullopt;
  }
  return number;
}

/// For messages: "a whole number from 1 to 8", or "of at least 1" where the type sets the end.
template <std::integral Number>
std::string range_text(Number low, Number high) {
  if (high == std::numeric_limits<Number>::max()) {
    return fmt::format("a whole number of at least {}", low);
  }
  return fmt::format("a whole number from {} to {}", low, high);
}

}  // namespace lockstep
