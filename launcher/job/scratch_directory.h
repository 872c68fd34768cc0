#pragma once

#include <filesystem>
#include <string>

#include "core/file.h"

namespace lockstep {

/// A directory of this process under a shared one such as /tmp or /dev/shm, removed with the
/// object. A lock in it says that its owner lives, in containers with process ids of their own too:
/// what a killed owner left is known by its lock, which nobody holds.
class ScratchDirectory {
 public:
  /// Removes what this user's dead owners left in `base`, then makes `base`/lockstep-UID-XXXXXX.
  /// Throws Error(storage).
  explicit ScratchDirectory(const std::filesystem::path& base);
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::optional<FileLock> lock_;
};

/// Removes the scratch directories of this user in `base` whose owner is dead. What cannot be
/// removed stays.
void sweep_scratch_directories(const std::filesystem::path& base);

}  // namespace lockstep
