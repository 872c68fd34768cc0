#pragma once

#include <algorithm>
#include <cassert>
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"

namespace lockstep {

/// One value of an enum and its text in configs, files and on the command line.
template <typename Enum>
struct EnumName {
  Enum value;
  std::string_view text;
};

/// An enum whose texts are listed once, beside it, for all who read or write it:
///
///     enum class Shuffle { full, block };
///     inline constexpr EnumName<Shuffle> kShuffleNames[] = {{Shuffle::full, "full"},
///                                                           {Shuffle::block, "block"}};
///     constexpr std::span<const EnumName<Shuffle>> enum_names(Shuffle) { return kShuffleNames; }
///
///     name_of(Shuffle::block)          // "block"
///     find_name<Shuffle>("random")     // std::nullopt
///     known_names<Shuffle>()           // "full, block"
template <typename Enum>
concept NamedEnum = requires(Enum value) {
  { enum_names(value) } -> std::convertible_to<std::span<const EnumName<Enum>>>;
};

/// The text of `value`, which must be listed.
template <NamedEnum Enum>
constexpr std::string_view name_of(Enum value) {
  const std::span<const EnumName<Enum>> names = enum_names(value);
  const auto found = std::ranges::find(names, value, &EnumName<Enum>::value);
  assert(found != names.end());
  return found->text;
}

/// The value that is called `text`; std::nullopt where none is.
template <NamedEnum Enum>
constexpr std::optional<Enum> find_name(std::string_view text) {
  const std::span<const EnumName<Enum>> names = enum_names(Enum{});
  const auto found = std::ranges::find(names, text, &EnumName<Enum>::text);
  if (found == names.end()) return std::nullopt;
  return found->value;
}

/// All texts, for messages: "full, block".
template <NamedEnum Enum>
std::string known_names(std::string_view separator = ", ") {
  std::string all;
  for (const EnumName<Enum>& name : enum_names(Enum{})) {
    if (!all.empty()) all += separator;
    all += name.text;
  }
  return all;
}

/// The value that is called `text`. `what` says what it is, for the message: "label kind". Throws
/// Error(`code`) that lists the known names where there is none.
template <NamedEnum Enum>
Enum parse_name(std::string_view text, std::string_view what, ExitCode code) {
  const std::optional<Enum> value = find_name<Enum>(text);
  check(value.has_value(), code, "unknown {} '{}'; known are: {}", what, text, known_names<Enum>());
  return *value;
}

}  // namespace lockstep
