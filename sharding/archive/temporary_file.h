#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "core/file.h"

namespace lockstep {

/// A file without a name, which is gone when it is closed or the process ends, however it ends.
/// Throws Error(storage). append() by one thread at a time, read() by any number.
class TemporaryFile {
 public:
  /// In `directory`, or the nearest of its parents that exists.
  explicit TemporaryFile(const std::filesystem::path& directory);

  /// Returns where the bytes begin.
  std::uint64_t append(std::span<const std::byte> bytes);
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;
  std::uint64_t size() const { return size_; }
  int fd() const { return fd_.get(); }

 private:
  std::filesystem::path path_;  ///< that it had, for messages
  UniqueFd fd_;
  std::uint64_t size_ = 0;
};

}  // namespace lockstep
