#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sharding/archive/archive_stream.h"
#include "sharding/archive/temporary_file.h"

namespace lockstep {

/// Archives that are read as one folder.
struct ArchiveSet {
  /// One alone is the folder itself; of several each is a folder in it, called like the archive
  /// without its ending.
  std::vector<std::filesystem::path> files;
  bool is_folder = false;               ///< the archives are the files of a folder
  std::string inside = {};              ///< the folder in it that counts; empty: all
  std::vector<bool> opens_nested = {};  ///< of each of `files`: archives in it are folders too
  std::filesystem::path scratch = {};   ///< where temporary files may lie
};

/// Reads archives from the first to the last, and each from its first entry to its last. Gives the
/// entries that lie in `inside`, by their paths relative to that.
///
///     ArchiveWalk walk(set);
///     while (walk.next(entry)) if (entry.kind == Kind::file) walk.read(bytes, most);
class ArchiveWalk {
 public:
  using Entry = ArchiveStream::Entry;

  /// `set` must outlive this.
  explicit ArchiveWalk(const ArchiveSet& set);
  ~ArchiveWalk();

  /// Goes to the next entry; false after the last.
  bool next(Entry& entry);
  /// Sets `bytes` to this entry's content, whose size it returns: where that is more than `most`,
  /// it is read and forgotten.
  std::uint64_t read(std::vector<std::byte>& bytes, std::uint64_t most);

 private:
  bool open_next_archive();
  bool next_outer(Entry& entry);
  bool next_inner(Entry& entry);
  void open_nested(const std::string& path, ArchiveKind kind);
  bool place(Entry& entry) const;

  const ArchiveSet& set_;
  std::size_t opened_ = 0;     ///< archives so far
  bool opens_nested_ = false;  ///< those in the archive that is read
  std::uint64_t entries_ = 0;
  std::optional<ArchiveBudget> budget_;
  std::string outer_folder_;  ///< that of the archive that is read
  std::unique_ptr<ArchiveStream> outer_;
  std::string inner_folder_;
  std::optional<TemporaryFile> copy_;  ///< of the inner archive, where it is not read in sequence
  std::unique_ptr<ArchiveStream> inner_;
};

}  // namespace lockstep
