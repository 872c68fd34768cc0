// A library for LD_PRELOAD: lets system calls that change what lies below one directory fail.
//
//   LOCKSTEP_FAULT_BELOW  the directory, an absolute path without links
//   LOCKSTEP_FAULT_AT     number of the call that fails, from 1 on; 0: none
//   LOCKSTEP_FAULT_KIND   once: EIO, this call alone. full: ENOSPC, and from then on all calls that
//                         need space. dead: EIO, and from then on all calls. short: this write
//                         writes only the first half of its bytes. slow: none fails, and each takes
//                         LOCKSTEP_FAULT_MS milliseconds more, from this one on
//   LOCKSTEP_FAULT_CALLS  the names of the calls that are counted; empty: all
//   LOCKSTEP_FAULT_RANK   only in the process of this rank (OMPI_COMM_WORLD_RANK); empty: in all
//   LOCKSTEP_FAULT_LOG    a file that gets one line for each call: "number name path"
//
// Calls are those of the dynamic linker's names: what libc calls inside itself (stdio) is not seen.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "tests/faults/disk_calls.h"

namespace {

using namespace lockstep::disk_calls;

enum class Need { space, none };

struct Plan {
  std::string below;
  long at = 0;
  std::string kind;
  std::string calls;  ///< empty: all
  int log = -1;
  long slow_ms = 0;

  bool counts(std::string_view name) const {
    return calls.empty() || (calls + " ").find(std::string(name) + " ") != std::string::npos;
  }
};

constexpr int kShort = -1;  ///< no errno: of a write only the first half is made

const Plan& plan() {
  static const Plan plan = [] {
    Plan read;
    read.at = std::atol(environment_text("LOCKSTEP_FAULT_AT").c_str());
    read.kind = environment_text("LOCKSTEP_FAULT_KIND");
    read.calls = environment_text("LOCKSTEP_FAULT_CALLS");
    const std::string rank = environment_text("LOCKSTEP_FAULT_RANK");
    const bool is_meant = rank.empty() || rank == environment_text("OMPI_COMM_WORLD_RANK");
    if (is_meant) read.below = environment_text("LOCKSTEP_FAULT_BELOW");
    read.slow_ms = std::atol(environment_text("LOCKSTEP_FAULT_MS").c_str());
    const std::string log = environment_text("LOCKSTEP_FAULT_LOG");
    if (!log.empty()) {
      read.log = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, log.c_str(),
                                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    }
    return read;
  }();
  return plan;
}

/// The errno that this call fails with, or kShort; 0 where it does not.
int fault_of(const char* name, const std::string& path, Need need) {
  static std::atomic<long> count{0};
  if (plan().below.empty() || !path.starts_with(plan().below + "/")) return 0;
  if (!plan().counts(name)) return 0;
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
  if (plan().kind == "short") return first ? kShort : 0;
  if (plan().kind == "once") return first ? EIO : 0;
  if (plan().kind == "full") return first || need == Need::space ? ENOSPC : 0;
  return EIO;
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

/// Makes a write of `size` units, or of half of them, or lets it fail.
template <typename Write>
ssize_t write_call(const char* name, int fd, size_t size, const Write& write) {
  const int saved = errno;
  const int fault = fault_of(name, path_of(fd), Need::space);
  errno = saved;
  if (fault == 0) return write(size);
  if (fault == kShort) return write(std::max<size_t>(size / 2, 1));
  errno = fault;
  return -1;
}

int open_call(const char* name, int directory, const char* path, int flags, mode_t mode) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
  const int saved = errno;
  const int fault = writes ? fault_of(name, path_at(directory, path), Need::space) : 0;
  errno = fault == 0 ? saved : fault;
  return fault == 0 ? static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode)) : -1;
}

}  // namespace

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

LOCKSTEP_OPEN(open, (const char* path, int flags, ...), AT_FDCWD)
LOCKSTEP_OPEN(open64, (const char* path, int flags, ...), AT_FDCWD)
LOCKSTEP_OPEN(openat, (int directory, const char* path, int flags, ...), directory)
LOCKSTEP_OPEN(openat64, (int directory, const char* path, int flags, ...), directory)

ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  return write_call("write", fd, size, [&](size_t part) { return real(fd, bytes, part); });
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return write_call("pwrite", fd, size, [&](size_t part) { return real(fd, bytes, part, at); });
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return write_call("pwrite64", fd, size, [&](size_t part) { return real(fd, bytes, part, at); });
}
/// Of several parts the first ones are written.
ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto real = next<ssize_t (*)(int, const iovec*, int)>("writev");
  return write_call("writev", fd, static_cast<size_t>(count),
                    [&](size_t part) { return real(fd, parts, static_cast<int>(part)); });
}
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
