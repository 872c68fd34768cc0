#include "core/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <sys/file.h>
#include <sys/stat.h>

#include "core/errno_text.h"
#include "core/hash.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kBlockBytes = 1 << 20;  // of read_range

/// Calls a system call again where a signal interrupted it.
template <typename Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

UniqueFd open_fd(const std::filesystem::path& path, int flags) {
  return UniqueFd(retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); }));
}

bool is_plain_file(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/// Opens for writing what is a plain file, or nothing yet. `doing`: "create".
UniqueFd open_to_write(const std::filesystem::path& path, int flags, std::string_view doing) {
  // O_NONBLOCK: a pipe without a reader is an error at once. To a plain file it says nothing.
  UniqueFd fd = open_fd(path, flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
  const int error = errno;
  check(fd || (error != ELOOP && error != ENXIO), ExitCode::storage,
        "cannot {} '{}': it is a symbolic link or no plain file; remove it, if it is not wanted",
        doing, path.string());
  check(static_cast<bool>(fd), ExitCode::storage, "cannot {} '{}': {}", doing, path.string(),
        errno_text(error));
  check(is_plain_file(fd.get()), ExitCode::storage,
        "cannot {} '{}': it is no plain file; remove it, if it is not wanted", doing,
        path.string());
  return fd;
}

[[noreturn]] void fail_to_read(ExitCode code, int error, const std::string& message) {
  if (error == ENOENT || error == ENOTDIR || error == EISDIR) throw Error(code, message);
  throw UnreadableFile(code, message);
}

[[noreturn]] void fail_to_write(const std::filesystem::path& path, int error,
                                std::uint64_t missing) {
  if (error == ENOSPC || error == EDQUOT) {
    const std::string needed =
        missing == 0 ? "does not fit" : fmt::format("needs {} more bytes", missing);
    fail(ExitCode::storage, "disk full: '{}' {} ({}); free some space, then start again",
         path.string(), needed, errno_text(error));
  }
  fail(ExitCode::storage, "cannot write '{}': {}", path.string(), errno_text(error));
}

[[noreturn]] void fail_to_lock(const std::filesystem::path& path, int error) {
  const bool is_unsupported = error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP;
  fail(ExitCode::storage, "cannot lock '{}': {}{}", path.string(), errno_text(error),
       is_unsupported
           ? ". Its file system does not support flock, which keeps two jobs out of one directory: "
             "mount it so that it does (Lustre: -o flock; NFS: version 4, or 3 with its lock "
             "service), or take a directory on another"
           : "");
}

/// ".NAME.new" beside `path`; of a name that would become too long its begin and its hash.
std::filesystem::path unfinished(const std::filesystem::path& path) {
  constexpr std::size_t kKept = 200, kMost = 250;
  std::string name = path.filename().string();
  if (name.size() > kMost) {
    const std::string hash = xxh3_128_hex(std::as_bytes(std::span(name)));
    name = fmt::format("{}.{}", name.substr(0, kKept), hash);
  }
  return path.parent_path() / fmt::format(".{}.new", name);
}

}  // namespace

UniqueFd::UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) ::close(fd_);
}

UniqueFd open_for_reading(const std::filesystem::path& path, ExitCode code,
                          std::string_view advice) {
  UniqueFd fd = open_fd(path, O_RDONLY | O_NONBLOCK);  // a pipe without a writer does not hang
  if (!fd) {
    const int error = errno;
    fail_to_read(code, error,
                 message("cannot open '{}': {}{}{}", path, errno_text(error),
                         advice.empty() ? "" : "; ", advice));
  }
  struct stat status {};
  const bool known = ::fstat(fd.get(), &status) == 0;
  check(!known || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode), code,
        "'{}' is no plain file, but a pipe, device or socket{}{}", path.string(),
        advice.empty() ? "" : "; ", advice);
  return fd;
}

UniqueFd create_file(const std::filesystem::path& path) {
  return open_to_write(path, O_WRONLY | O_TRUNC, "create");
}

UniqueFd open_for_appending(const std::filesystem::path& path) {
  return open_to_write(path, O_WRONLY | O_APPEND, "open");
}

void write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = retry([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (written < 0) fail_to_write(path, errno, bytes.size());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void pread_exactly(int fd, std::span<std::byte> bytes, std::uint64_t offset,
                   const std::filesystem::path& path, ExitCode code) {
  while (!bytes.empty()) {
    const ssize_t got =
        retry([&] { return ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (got < 0) {
      const int error = errno;
      fail_to_read(code, error,
                   message("cannot read '{}' at byte {}: {}", path, offset, errno_text(error)));
    }
    check(got > 0, code, "'{}' is truncated: it ends at byte {}, {} more were expected",
          path.string(), offset, bytes.size());
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

void read_range(int fd, std::uint64_t offset, std::uint64_t size, const std::filesystem::path& path,
                ExitCode code, const std::function<void(std::span<const std::byte>)>& visit) {
  std::vector<std::byte> block;
  for (const std::uint64_t end = offset + size; offset < end; offset += block.size()) {
    block.resize(std::min(kBlockBytes, end - offset));
    pread_exactly(fd, block, offset, path, code);
    visit(block);
  }
}

std::string read_file(const std::filesystem::path& path, ExitCode code, std::uint64_t max_bytes) {
  const UniqueFd fd = open_for_reading(path, code);
  const std::uint64_t size = file_size(fd.get(), path);
  check(size <= max_bytes, code, "'{}' has {} bytes; at most {} are expected here", path.string(),
        size, max_bytes);
  std::string content(size, '\0');
  pread_exactly(fd.get(), std::as_writable_bytes(std::span(content)), 0, path, code);
  // Some files of the system have no size, and some file systems tell errors only to a reader.
  char beyond = 0;
  const ssize_t more =
      retry([&] { return ::pread(fd.get(), &beyond, 1, static_cast<off_t>(size)); });
  if (more < 0) {
    const int error = errno;
    fail_to_read(code, error, message("cannot read '{}': {}", path, errno_text(error)));
  }
  check(more == 0, code, "'{}' holds more than its size of {} bytes: is it a plain file?",
        path.string(), size);
  return content;
}

std::uint64_t file_size(int fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    const int error = errno;
    fail_to_read(ExitCode::storage, error,
                 message("cannot get the size of '{}': {}", path, errno_text(error)));
  }
  return static_cast<std::uint64_t>(status.st_size);
}

void sync_file(int fd, const std::filesystem::path& path) {
  if (retry([&] { return ::fsync(fd); }) != 0) fail_to_write(path, errno, 0);
}

void close_file(UniqueFd file, const std::filesystem::path& path) {
  // After EINTR the descriptor is closed as well (Linux): nothing to call again.
  if (::close(file.release()) != 0 && errno != EINTR) fail_to_write(path, errno, 0);
}

void sync_directory(const std::filesystem::path& directory) {
  const UniqueFd fd = open_fd(directory, O_RDONLY | O_DIRECTORY);
  // EINVAL: a file system whose directories need no sync.
  if (!fd || (retry([&] { return ::fsync(fd.get()); }) != 0 && errno != EINVAL)) {
    const int error = errno;
    fail(ExitCode::storage, "cannot sync the directory '{}': {}", directory.string(),
         errno_text(error));
  }
}

void replace_file(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path beside = unfinished(path);
  ::unlink(beside.c_str());  // of a process that was killed
  try {
    UniqueFd fd = create_file(beside);
    write_all(fd.get(), std::as_bytes(std::span(content)), beside);
    sync_file(fd.get(), beside);
    close_file(std::move(fd), beside);
    if (::rename(beside.c_str(), path.c_str()) != 0) {
      const int error = errno;
      fail(ExitCode::storage, "cannot rename '{}' to '{}': {}", beside.string(), path.string(),
           errno_text(error));
    }
  } catch (const Error&) {
    ::unlink(beside.c_str());
    throw;
  }
  sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

void make_directories(const std::filesystem::path& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> made;
  for (std::filesystem::path place = std::filesystem::absolute(directory);
       !std::filesystem::exists(place, error) && !error && place.has_relative_path();
       place = place.parent_path()) {
    made.push_back(place);
  }
  std::filesystem::create_directories(directory, error);
  check(!error, ExitCode::storage, "cannot create the directory '{}': {}", directory.string(),
        error.message());
  for (const std::filesystem::path& path : made) sync_directory(path.parent_path());
}

std::uint64_t free_bytes(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path existing = std::filesystem::absolute(path);
  while (!std::filesystem::exists(existing, error) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  const std::filesystem::space_info space = std::filesystem::space(existing, error);
  check(!error, ExitCode::storage, "cannot get the free space of '{}': {}", existing.string(),
        error.message());
  return space.available;
}

std::optional<FileLock> FileLock::try_acquire(const std::filesystem::path& path,
                                              std::string_view holder) {
  for (;;) {
    FileLock lock(open_to_write(path, O_RDWR, "open the lock file"), path);
    if (retry([&] { return ::flock(lock.fd_.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      fail_to_lock(path, errno);
    }
    if (!lock.is_in_place()) continue;  // it was replaced or removed since it was opened
    if (::ftruncate(lock.fd_.get(), 0) != 0) fail_to_write(path, errno, 0);
    write_all(lock.fd_.get(), std::as_bytes(std::span(holder)), path);
    return lock;
  }
}

bool FileLock::is_in_place() const {
  struct stat held {
  }, named{};
  // Of a file that is opened, a network file system asks its server; of a name it may tell what it
  // remembers.
  const UniqueFd there = open_fd(path_, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const bool is_known = there ? ::fstat(there.get(), &named) == 0
                              : errno != ENOENT && ::lstat(path_.c_str(), &named) == 0;
  return is_known && ::fstat(fd_.get(), &held) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

std::string FileLock::holder(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  return read_file(path, ExitCode::storage, 1 << 16);
}

}  // namespace lockstep
