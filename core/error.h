#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

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
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Throws an Error with a formatted message.
template <typename... Args>
[[noreturn]] void fail(ExitCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

/// Throws an Error unless `good`. For input that may be bad; our own bugs are `assert`ed.
template <typename... Args>
void check(bool good, ExitCode code, fmt::format_string<Args...> format, Args&&... args) {
  if (!good) fail(code, format, std::forward<Args>(args)...);
}

}  // namespace lockstep
