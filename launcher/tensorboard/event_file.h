#pragma once

#include <filesystem>
#include <string_view>

#include "core/file.h"

namespace lockstep {

/// The event file of a directory, for TensorBoard. There is one: an older one is replaced.
///
///     EventFile file(run, version_record(now));
///     file.append(scalars_record({now, 20}, scalars));
class EventFile {
 public:
  /// Puts a file with `content` (records) into `directory`, whole or not at all, and removes those
  /// that were there before; its name comes after theirs. Throws Error(storage).
  EventFile(const std::filesystem::path& directory, std::string_view content);

  /// Throws Error(storage).
  void append(std::string_view records);

  const std::filesystem::path& path() const { return path_; }

  /// What the one in `directory` has; empty: there is none. Throws Error(storage).
  static std::string read(const std::filesystem::path& directory);

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
};

}  // namespace lockstep
