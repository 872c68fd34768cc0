#pragma once

// What libraries for LD_PRELOAD that look at system calls have in common.

#include <climits>
#include <cstdarg>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <sys/types.h>

namespace lockstep::disk_calls {

inline std::string environment_text(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

inline std::string path_of(int fd) {
  char target[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

inline std::string path_at(int directory, const char* path) {
  if (path[0] == '/') return path;
  char here[PATH_MAX];
  if (directory != AT_FDCWD) return path_of(directory) + "/" + path;
  return std::string(::getcwd(here, sizeof here) == nullptr ? "" : here) + "/" + path;
}

/// The function that the program would call without this library.
template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

inline mode_t mode_of(int flags, std::va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace lockstep::disk_calls

/// Defines one of libc's names for open, by `open_call(name, directory, path, flags, mode)`.
#define LOCKSTEP_OPEN(NAME, PARAMETERS, DIRECTORY)                       \
  int NAME PARAMETERS {                                                  \
    std::va_list arguments;                                              \
    va_start(arguments, flags);                                          \
    const mode_t mode = lockstep::disk_calls::mode_of(flags, arguments); \
    va_end(arguments);                                                   \
    return open_call(#NAME, DIRECTORY, path, flags, mode);               \
  }
