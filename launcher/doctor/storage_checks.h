#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "launcher/doctor/finding.h"

namespace lockstep {

/// What a directory's file system does. A problem is what it said; empty: nothing.
struct StorageFacts {
  std::filesystem::path directory;  ///< the nearest there is of the one asked for
  std::string write_problem;        ///< of a new file, written, synced and closed
  std::string rename_problem;       ///< over another file, durably
  std::string lock_problem;
  bool lock_excludes = true;  ///< a second lock of the same file is refused
  double sync_seconds = 0;    ///< of a small file, the median of several
  double clock_ahead = 0;     ///< seconds that a new file's time is after this machine's
  std::uint64_t free = 0;     ///< bytes
};

/// Tries them in a directory of its own in `directory`, or in the nearest parent that exists, and
/// removes it.
StorageFacts try_storage(const std::filesystem::path& directory);

/// Pure.
Findings check_storage(const StorageFacts& facts);

}  // namespace lockstep
