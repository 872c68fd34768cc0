#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"

namespace lockstep {

/// A file descriptor that closes itself.
///
///     const UniqueFd file = open_for_reading(path, ExitCode::data);
///     pread_exactly(file.get(), bytes, 0, path, ExitCode::data);
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept;
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd();

  int get() const { return fd_; }
  /// The descriptor, which the caller has to close.
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A file that is there and that the system cannot read now (no permission, an I/O error, too many
/// open files): its content is unknown, which does not prove damage. Functions that read throw it
/// where they say Error; a file that is missing or too short is a plain Error.
///
///     try {
///       return load(path);
///     } catch (const UnreadableFile&) {
///       throw;                  // it may be whole: touch nothing
///     } catch (const Error&) {  // damaged
class UnreadableFile : public Error {
 public:
  using Error::Error;
};

/// Opens a plain file for reading. `code` is that of the Error where it cannot be opened, or is a
/// pipe, say, at which a reader would wait; `advice` ends its message ("was the pack moved?"), and
/// may be empty.
UniqueFd open_for_reading(const std::filesystem::path& path, ExitCode code,
                          std::string_view advice = {});

/// Creates or truncates for writing. Throws Error(storage), also where the name is a symbolic link
/// or no plain file: a directory that somebody else filled must not lead a writer elsewhere.
/// NewFile (core/storage/new_file.h) does the same and checks all that follows.
UniqueFd create_file(const std::filesystem::path& path);

/// The same for writing at the end of what is there.
UniqueFd open_for_appending(const std::filesystem::path& path);

/// Writes all of `bytes` at the file's position. Throws Error(storage) with the cause (a full disk
/// says so).
void write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& path);

/// Fills `bytes` from `offset`. Throws Error(code) where the file is shorter or the read fails.
void pread_exactly(int fd, std::span<std::byte> bytes, std::uint64_t offset,
                   const std::filesystem::path& path, ExitCode code);

/// Calls `visit` with bytes [offset, offset + size) of the file, in order, piece by piece, in
/// bounded memory. Throws as pread_exactly.
void read_range(int fd, std::uint64_t offset, std::uint64_t size, const std::filesystem::path& path,
                ExitCode code, const std::function<void(std::span<const std::byte>)>& visit);

/// A whole small file. Throws Error(code) where it cannot be read or is larger than `max_bytes`.
std::string read_file(const std::filesystem::path& path, ExitCode code,
                      std::uint64_t max_bytes = 1u << 28);

/// The size of a file. Throws Error(storage) where the file system does not tell it.
std::uint64_t file_size(int fd, const std::filesystem::path& path);

/// Makes the file's content durable. Throws Error(storage).
void sync_file(int fd, const std::filesystem::path& path);
/// Closes a file that was written to: some file systems tell only now that a write has failed.
/// Throws Error(storage).
void close_file(UniqueFd file, const std::filesystem::path& path);
/// Makes the names in a directory durable. Throws Error(storage).
void sync_directory(const std::filesystem::path& directory);

/// Puts `content` at `path` so that a reader, and a restart after a power cut, sees the old file or
/// the new one, whole: written beside it, synced, renamed, directory synced. Throws Error(storage)
/// and leaves the old file.
void replace_file(const std::filesystem::path& path, std::string_view content);

/// Creates the directory and its parents, the names of new ones durable. Throws Error(storage).
void make_directories(const std::filesystem::path& directory);

/// Bytes that an unprivileged process may still write to the file system of `path` (or its nearest
/// parent that exists).
std::uint64_t free_bytes(const std::filesystem::path& path);

/// An exclusive flock on `path`, held until destruction. The file's content names the holder for
/// people; the lock is the flock, so a stale file of a killed job blocks nobody.
///
///     const std::optional<FileLock> lock = FileLock::try_acquire(path, "node3, process 17");
///     check(lock.has_value(), ExitCode::usage, "in use by {}", FileLock::holder(path));
class FileLock {
 public:
  /// std::nullopt where another process holds it; `holder()` of the file then says who wrote it.
  static std::optional<FileLock> try_acquire(const std::filesystem::path& path,
                                             std::string_view holder);
  /// What the holder wrote into the lock file; empty where there is none.
  static std::string holder(const std::filesystem::path& path);

  /// Whether the lock's file is still what its path names. If not, it was moved or removed, and
  /// somebody else can get the lock of that path.
  bool is_in_place() const;

 private:
  FileLock(UniqueFd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::filesystem::path path_;
};

}  // namespace lockstep
