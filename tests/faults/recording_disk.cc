// A library for LD_PRELOAD: records the system calls that change what lies below one directory, in
// the order in which they took effect, with what they wrote.
//
//   LOCKSTEP_TRACE_BELOW  the directory, an absolute path without links
//   LOCKSTEP_TRACE        the file that gets the calls; disk_trace.h reads it
//
// A record is a line "NAME OFFSET SIZE<tab>PATH<tab>TO", then SIZE bytes, then a newline. Calls
// that failed are left out. As failing_disk.cc, this sees what goes through the dynamic linker's
// names.

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <mutex>
#include <string>
#include <string_view>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "tests/faults/disk_calls.h"

namespace {

using namespace lockstep::disk_calls;

struct Trace {
  std::string below;
  int file = -1;
  std::mutex mutex;  ///< held during a call and its record: their orders are the same
};

Trace& trace() {
  static Trace& trace = *[] {
    auto* made = new Trace;  // calls are made until the very end of the process
    made->below = environment_text("LOCKSTEP_TRACE_BELOW");
    const std::string path = environment_text("LOCKSTEP_TRACE");
    made->file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(),
                                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    return made;
  }();
  return trace;
}

bool is_below(const std::string& path) {
  const std::string& below = trace().below;
  return !below.empty() && (path == below || path.starts_with(below + "/"));
}

void put(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::syscall(SYS_write, trace().file, bytes.data(), bytes.size());
    if (written < 0) std::abort();  // a trace with a hole would prove nothing
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void record(const char* name, const std::string& path, const std::string& to = {}, long offset = 0,
            std::string_view data = {}) {
  put(std::string(name) + " " + std::to_string(offset) + " " + std::to_string(data.size()) + "\t" +
      path + "\t" + to + "\n" + std::string(data) + "\n");
}

/// Makes the call, and records what `note` says of one that succeeded.
template <typename Call, typename Note>
auto recorded(const std::string& path, const Call& call, const Note& note) {
  if (!is_below(path)) return call();
  const std::scoped_lock lock(trace().mutex);
  const auto result = call();
  const int saved = errno;
  if (result >= 0) note(result);
  errno = saved;
  return result;
}

int open_call(const char*, int directory, const char* path, int flags, mode_t mode) {
  const std::string full = path_at(directory, path);
  struct stat status {};
  const bool exists = ::fstatat(directory, path, &status, 0) == 0;
  return recorded(
      full, [&] { return static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode)); },
      [&](int) {
        if (!exists && (flags & O_CREAT) != 0) record("create", full);
        if (exists && (flags & O_TRUNC) != 0) record("truncate", full);
      });
}

template <typename Call>
ssize_t write_at(int fd, const void* bytes, off_t at, const Call& call) {
  const std::string path = path_of(fd);
  return recorded(path, call, [&](ssize_t written) {
    const auto size = static_cast<std::size_t>(written);
    const long end = at < 0 ? ::lseek(fd, 0, SEEK_CUR) : at + written;
    record("write", path, {}, end - written, {static_cast<const char*>(bytes), size});
  });
}

template <typename Call>
int on_path(const char* name, const std::string& path, const std::string& to, const Call& call) {
  return recorded(path, call, [&](int) { record(name, path, to); });
}

template <typename Call>
int on_file(const char* name, int fd, long offset, const Call& call) {
  const std::string path = path_of(fd);
  return recorded(path, call, [&](int) { record(name, path, {}, offset); });
}

}  // namespace

#define REAL(TYPE, NAME, ...) static const auto real = next<TYPE (*)(__VA_ARGS__)>(#NAME)

extern "C" {

LOCKSTEP_OPEN(open, (const char* path, int flags, ...), AT_FDCWD)
LOCKSTEP_OPEN(open64, (const char* path, int flags, ...), AT_FDCWD)
LOCKSTEP_OPEN(openat, (int directory, const char* path, int flags, ...), directory)
LOCKSTEP_OPEN(openat64, (int directory, const char* path, int flags, ...), directory)

ssize_t write(int fd, const void* bytes, size_t size) {
  REAL(ssize_t, write, int, const void*, size_t);
  return write_at(fd, bytes, -1, [&] { return real(fd, bytes, size); });
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  REAL(ssize_t, pwrite, int, const void*, size_t, off_t);
  return write_at(fd, bytes, at, [&] { return real(fd, bytes, size, at); });
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  REAL(ssize_t, pwrite64, int, const void*, size_t, off64_t);
  return write_at(fd, bytes, at, [&] { return real(fd, bytes, size, at); });
}
/// One write for each part.
ssize_t writev(int fd, const iovec* parts, int count) {
  ssize_t all = 0;
  for (int i = 0; i < count; ++i) {
    const ssize_t written = write(fd, parts[i].iov_base, parts[i].iov_len);
    if (written < 0) return all > 0 ? all : -1;
    all += written;
    if (static_cast<size_t>(written) < parts[i].iov_len) break;
  }
  return all;
}

int fsync(int fd) {
  REAL(int, fsync, int);
  return on_file("sync", fd, 0, [&] { return real(fd); });
}
int fdatasync(int fd) {
  REAL(int, fdatasync, int);
  return on_file("sync", fd, 0, [&] { return real(fd); });
}
int ftruncate(int fd, off_t size) noexcept {
  REAL(int, ftruncate, int, off_t);
  return on_file("truncate", fd, size, [&] { return real(fd, size); });
}
int ftruncate64(int fd, off64_t size) noexcept {
  REAL(int, ftruncate64, int, off64_t);
  return on_file("truncate", fd, size, [&] { return real(fd, size); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  REAL(int, mkdir, const char*, mode_t);
  return on_path("mkdir", path_at(AT_FDCWD, path), {}, [&] { return real(path, mode); });
}
int rename(const char* from, const char* to) noexcept {
  REAL(int, rename, const char*, const char*);
  return on_path("rename", path_at(AT_FDCWD, from), path_at(AT_FDCWD, to),
                 [&] { return real(from, to); });
}
int link(const char* from, const char* to) noexcept {
  REAL(int, link, const char*, const char*);
  return on_path("link", path_at(AT_FDCWD, from), path_at(AT_FDCWD, to),
                 [&] { return real(from, to); });
}
int unlink(const char* path) noexcept {
  REAL(int, unlink, const char*);
  return on_path("remove", path_at(AT_FDCWD, path), {}, [&] { return real(path); });
}
int unlinkat(int directory, const char* path, int flags) noexcept {
  REAL(int, unlinkat, int, const char*, int);
  return on_path("remove", path_at(directory, path), {},
                 [&] { return real(directory, path, flags); });
}
int rmdir(const char* path) noexcept {
  REAL(int, rmdir, const char*);
  return on_path("remove", path_at(AT_FDCWD, path), {}, [&] { return real(path); });
}
int remove(const char* path) noexcept {
  REAL(int, remove, const char*);
  return on_path("remove", path_at(AT_FDCWD, path), {}, [&] { return real(path); });
}

}  // extern "C"
