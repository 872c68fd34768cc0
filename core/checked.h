#pragma once

#include <concepts>
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

}  // namespace lockstep
