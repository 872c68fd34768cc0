#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/file.h"
#include "core/hash.h"

namespace lockstep {

/// A file that is being written, from its first byte to its last. No error is lost: the system may
/// report a failed write only when the file is synced or closed, so both are checked.
///
///     NewFile file(path);
///     file.write(header);
///     file.write(body);
///     const FileDigest written = file.finish();   // durable
class NewFile {
 public:
  /// Creates the file, or truncates it. Throws Error(storage).
  explicit NewFile(std::filesystem::path path);

  /// Appends. Throws Error(storage) with the cause; a full disk says how much is missing.
  void write(std::span<const std::byte> bytes);
  /// Size and hash of what was written so far.
  FileDigest digest() const { return {bytes_, hasher_.hex()}; }
  /// Syncs and closes. Throws Error(storage).
  FileDigest finish();
  /// Closes without a sync: for a file that nobody needs after a crash. Throws Error(storage).
  FileDigest close();

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
  Hasher hasher_;
  std::uint64_t bytes_ = 0;
};

/// A whole new file, as NewFile writes it.
FileDigest write_file(const std::filesystem::path& path, std::span<const std::byte> content);
FileDigest write_file(const std::filesystem::path& path, std::string_view content);

/// Asks the system to forget what it holds of a synced file in memory, so that the next read shows
/// what the disk has. A hint. Throws Error(storage) where the file cannot be opened.
void drop_from_cache(const std::filesystem::path& path);

/// Throws Error(storage) unless `same`: what was read back is what was written.
void check_read_back(const std::filesystem::path& path, bool same);

}  // namespace lockstep
