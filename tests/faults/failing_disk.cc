// A library for LD_PRELOAD: lets system calls that change what lies below one directory fail.
//
//   LOCKSTEP_FAULT_BELOW  the directory, an absolute path without links
//   LOCKSTEP_FAULT_AT     number of the call that fails, from 1 on; 0: none
//   LOCKSTEP_FAULT_KIND   once: EIO, this call alone. full: ENOSPC, and from then on all calls that
//                         need space. dead: EIO, and from then on all calls. slow: none fails, and
//                         each takes LOCKSTEP_FAULT_MS milliseconds more, from this one on
//   LOCKSTEP_FAULT_LOG    a file that gets one line for each call: "number name path"
//
// Calls are those of the dynamic linker's names: what libc calls inside itself (stdio) is not seen.

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

namespace {

enum class Need { space, none };

struct Plan {
  std::string below;
  long at = 0;
  std::string kind;
  int log = -1;
  long slow_ms = 0;
};

const Plan& plan() {
  static const Plan plan = [] {
    const auto text = [](const char* name) {
      const char* value = std::getenv(name);
      return std::string(value == nullptr ? "" : value);
    };
    Plan read{text("LOCKSTEP_FAULT_BELOW"), std::atol(text("LOCKSTEP_FAULT_AT").c_str()),
              text("LOCKSTEP_FAULT_KIND"), -1, std::atol(text("LOCKSTEP_FAULT_MS").c_str())};
    const std::string log = text("LOCKSTEP_FAULT_LOG");
    if (!log.empty()) {
      read.log = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, log.c_str(),
                                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    }
    return read;
  }();
  return plan;
}

std::string path_of(int fd) {
  char target[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

std::string path_at(int directory, const char* path) {
  if (path[0] == '/') return path;
  char here[PATH_MAX];
  if (directory != AT_FDCWD) return path_of(directory) + "/" + path;
  return std::string(::getcwd(here, sizeof here) == nullptr ? "" : here) + "/" + path;
}

/// The errno that this call fails with; 0 where it does not.
int fault_of(const char* name, const std::string& path, Need need) {
  static std::atomic<long> count{0};
  if (plan().below.empty() || !path.starts_with(plan().below + "/")) return 0;
  const long number = ++count;
  if (plan().log >= 0) {
    const std::string line = std::to_string(number) + " " + name + " " + path + "\n";
    ::syscall(SYS_write, plan().log, line.data(), line.size());
  }
  if (plan().at == 0 || number < plan().at) return 0;
  const bool first = number == plan().at;
  if (plan().kind == "slow") {
    ::usleep(static_cast<useconds_t>(plan().slow_ms) * 1000);
    return 0;
  }
  if (plan().kind == "once") return first ? EIO : 0;
  if (plan().kind == "full") return first || need == Need::space ? ENOSPC : 0;
  return EIO;
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

/// Makes the call, or lets it fail.
template <typename Function, typename... Args>
auto call(Function real, const char* name, const std::string& path, Need need, Args... args) {
  const int saved = errno;
  const int fault = fault_of(name, path, need);
  errno = saved;
  if (fault == 0) return real(args...);
  errno = fault;
  return static_cast<decltype(real(args...))>(-1);
}

int open_call(const char* name, int directory, const char* path, int flags, mode_t mode) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
  const int saved = errno;
  const int fault = writes ? fault_of(name, path_at(directory, path), Need::space) : 0;
  errno = fault == 0 ? saved : fault;
  return fault == 0 ? static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode)) : -1;
}

mode_t mode_of(int flags, std::va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

#define OPEN(NAME, PARAMETERS, DIRECTORY)                  \
  int NAME PARAMETERS {                                    \
    std::va_list arguments;                                \
    va_start(arguments, flags);                            \
    const mode_t mode = mode_of(flags, arguments);         \
    va_end(arguments);                                     \
    return open_call(#NAME, DIRECTORY, path, flags, mode); \
  }
#define ON_FD(TYPE, NAME, NEED, PARAMETERS, ...)              \
  TYPE NAME PARAMETERS {                                      \
    static const auto real = next<TYPE(*) PARAMETERS>(#NAME); \
    return call(real, #NAME, path_of(fd), NEED, __VA_ARGS__); \
  }
#define ON_PATH(NAME, NEED, PARAMETERS, PATH, ...)           \
  int NAME PARAMETERS noexcept {                             \
    static const auto real = next<int(*) PARAMETERS>(#NAME); \
    return call(real, #NAME, PATH, NEED, __VA_ARGS__);       \
  }

extern "C" {

OPEN(open, (const char* path, int flags, ...), AT_FDCWD)
OPEN(open64, (const char* path, int flags, ...), AT_FDCWD)
OPEN(openat, (int directory, const char* path, int flags, ...), directory)
OPEN(openat64, (int directory, const char* path, int flags, ...), directory)

ON_FD(ssize_t, write, Need::space, (int fd, const void* bytes, size_t size), fd, bytes, size)
ON_FD(ssize_t, pwrite, Need::space, (int fd, const void* bytes, size_t size, off_t at), fd, bytes,
      size, at)
ON_FD(ssize_t, pwrite64, Need::space, (int fd, const void* bytes, size_t size, off64_t at), fd,
      bytes, size, at)
ON_FD(ssize_t, writev, Need::space, (int fd, const iovec* parts, int count), fd, parts, count)
ON_FD(int, fsync, Need::space, (int fd), fd)
ON_FD(int, fdatasync, Need::space, (int fd), fd)
ON_FD(int, fallocate, Need::space, (int fd, int mode, off_t at, off_t size), fd, mode, at, size)
int ftruncate(int fd, off_t size) noexcept {
  static const auto real = next<int (*)(int, off_t)>("ftruncate");
  return call(real, "ftruncate", path_of(fd), Need::space, fd, size);
}
int ftruncate64(int fd, off64_t size) noexcept {
  static const auto real = next<int (*)(int, off64_t)>("ftruncate64");
  return call(real, "ftruncate64", path_of(fd), Need::space, fd, size);
}
int posix_fallocate(int fd, off_t at, off_t size) {
  const int fault = fault_of("posix_fallocate", path_of(fd), Need::space);
  static const auto real = next<int (*)(int, off_t, off_t)>("posix_fallocate");
  return fault == 0 ? real(fd, at, size) : fault;
}

/// The file is closed all the same, as Linux does it; of what was only read nothing can be lost.
int close(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  const bool written = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
  const int saved = errno;
  const int fault = written ? fault_of("close", path_of(fd), Need::none) : 0;
  errno = saved;
  const auto result = static_cast<int>(::syscall(SYS_close, fd));
  if (fault == 0) return result;
  errno = fault;
  return -1;
}

ON_PATH(truncate, Need::space, (const char* path, off_t size), path_at(AT_FDCWD, path), path, size)
ON_PATH(mkdir, Need::space, (const char* path, mode_t mode), path_at(AT_FDCWD, path), path, mode)
ON_PATH(mkdirat, Need::space, (int directory, const char* path, mode_t mode),
        path_at(directory, path), directory, path, mode)
ON_PATH(rename, Need::space, (const char* from, const char* to), path_at(AT_FDCWD, to), from, to)
ON_PATH(renameat, Need::space, (int old, const char* from, int directory, const char* to),
        path_at(directory, to), old, from, directory, to)
ON_PATH(renameat2, Need::space,
        (int old, const char* from, int directory, const char* to, unsigned flags),
        path_at(directory, to), old, from, directory, to, flags)
ON_PATH(link, Need::space, (const char* from, const char* to), path_at(AT_FDCWD, to), from, to)
ON_PATH(linkat, Need::space, (int old, const char* from, int directory, const char* to, int flags),
        path_at(directory, to), old, from, directory, to, flags)
ON_PATH(symlink, Need::space, (const char* from, const char* to), path_at(AT_FDCWD, to), from, to)
ON_PATH(unlink, Need::none, (const char* path), path_at(AT_FDCWD, path), path)
ON_PATH(unlinkat, Need::none, (int directory, const char* path, int flags),
        path_at(directory, path), directory, path, flags)
ON_PATH(rmdir, Need::none, (const char* path), path_at(AT_FDCWD, path), path)
ON_PATH(remove, Need::none, (const char* path), path_at(AT_FDCWD, path), path)

}  // extern "C"
