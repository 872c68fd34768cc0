#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "sharding/format/pack_manifest.h"

namespace lockstep {

/// The directory of a pack while `lockstep pack` works in it, held by one process at a time. A new
/// pack is made in a staging folder inside, and replaces what is there by renames: an older pack is
/// there whole until then, and again where one of them fails. Any step that fails throws
/// Error(storage), and the same command can be given again.
///
///     check_pack_directory(out);
///     PackDirectory directory(out);
///     // … write everything into directory.staging() …
///     directory.commit({"train-00000.h5", "pack.json"});
class PackDirectory {
 public:
  /// Takes the directory, and clears up what a process that was killed left: an older pack that was
  /// being replaced is put back. Throws Error(usage) where another process works in it.
  explicit PackDirectory(std::filesystem::path path);
  /// Removes the staging folder.
  ~PackDirectory();
  PackDirectory(const PackDirectory&) = delete;
  PackDirectory& operator=(const PackDirectory&) = delete;

  const std::filesystem::path& staging() const { return staging_; }

  /// Files of these names, which are in staging(), synced, and the last of which makes it a pack,
  /// replace all that is in the directory.
  void commit(const std::vector<std::string>& names);

 private:
  std::filesystem::path path_;
  std::filesystem::path staging_;
  std::optional<FileLock> lock_;
};

/// Writes pack.json to the staging folder, sets `manifest.fingerprint`, checks that the disk gives
/// the file back, and commits it with the shards that it names and `others`. Throws Error(storage).
void commit_pack(PackDirectory& directory, PackManifest& manifest, std::vector<std::string> others);

/// Throws Error(usage) where the directory holds something else than a pack, or what `pack` leaves
/// where it fails or is killed.
void check_pack_directory(const std::filesystem::path& path);

/// Throws Error(usage) where `path` lies in a pack, whose directory is the pack's alone.
void check_outside_packs(const std::filesystem::path& path);

/// What `body` returns; where the file system's own exceptions end it, Error(storage) that names
/// what was to be written, such as "the pack 'data/mine'".
template <typename Body>
auto writing(const std::string& what, const Body& body) {
  try {
    return body();
  } catch (const std::filesystem::filesystem_error& error) {
    fail(ExitCode::storage, "cannot write {}: {}", what, error.what());
  }
}

inline std::string pack_text(const std::filesystem::path& path) {
  return fmt::format("the pack '{}'", path.string());
}

/// True where `pack` was ended there before it had cleared up.
bool has_leftovers(const std::filesystem::path& path);

}  // namespace lockstep
