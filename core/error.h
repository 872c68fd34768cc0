#pragma once

#include <concepts>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "core/printable.h"

namespace lockstep {

/// How the program ends. Scripts (slurm/train.sbatch among them) act on these numbers: they do not
/// change.
enum class ExitCode : int {
  ok = 0,
  internal = 1,   ///< our bug, out of memory, NaN
  usage = 2,      ///< the command line or the config is wrong
  data = 3,       ///< a pack, an image or a label is wrong
  storage = 4,    ///< a checkpoint is unusable, or the disk is full
  rank_lost = 5,  ///< a rank died or stalled, cause unknown
  requeue = 75,   ///< stopped on request, checkpoint committed: start me again
};

/// Anything that ends a command. The message says what is wrong, where, and what to do.
///
///     check(size > 0, ExitCode::data, "'{}' is empty: copy it again", path);   // throws Error
///     try { ... } catch (const Error& error) { return static_cast<int>(error.code()); }
class Error : public std::runtime_error {
 public:
  /// What in `message` came from outside was made printable by fail() or printable(); here only
  /// what has power over a terminal is.
  Error(ExitCode code, const std::string& message)
      : std::runtime_error(printable_lines(message)), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// An argument of a message that is ours and has lines of its own, which stay.
struct OwnLines {
  std::string text;
};

namespace detail {

template <typename T>
concept Text = std::convertible_to<const T&, std::string_view>;

/// What stands in a message for an argument: texts become printable, all else stays as it is.
template <typename T>
const T& message_argument(const T& value) {
  return value;
}
template <Text T>
std::string message_argument(const T& text) {
  return printable(text);
}
template <std::same_as<char> T>
std::string message_argument(const T& text) {
  return printable({&text, 1});
}
template <std::same_as<std::filesystem::path> T>
std::string message_argument(const T& path) {
  return printable(path.native());
}
template <std::same_as<OwnLines> T>
std::string message_argument(const T& lines) {
  return printable_lines(lines.text);
}
template <typename Iterator, typename Sentinel>
std::string message_argument(const fmt::join_view<Iterator, Sentinel, char>& list) {
  return printable(fmt::vformat("{}", fmt::make_format_args(list)));
}

template <typename T>
using MessageArgument = std::remove_cvref_t<decltype(message_argument(std::declval<const T&>()))>;

}  // namespace detail

/// The format of a message with arguments of these types.
template <typename... Args>
using MessageFormat = fmt::format_string<detail::MessageArgument<std::remove_cvref_t<Args>>...>;

/// A message; what came from outside is made printable in it (core/printable.h). An argument may be
/// what fmt formats, a path, or OwnLines.
template <typename... Args>
std::string message(MessageFormat<Args...> format, const Args&... args) {
  return fmt::vformat(fmt::string_view(format),
                      fmt::make_format_args(detail::message_argument(args)...));
}

/// Throws an Error with a formatted message.
template <typename... Args>
[[noreturn]] void fail(ExitCode code, MessageFormat<Args...> format, const Args&... args) {
  throw Error(code, message<Args...>(format, args...));
}

/// Throws an Error unless `good`. For input that may be bad; our own bugs are `assert`ed.
template <typename... Args>
void check(bool good, ExitCode code, MessageFormat<Args...> format, const Args&... args) {
  if (!good) fail<Args...>(code, format, args...);
}

}  // namespace lockstep
