#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "sharding/archive/archive_name.h"

namespace lockstep {

/// How many bytes may come out of an archive: archives that are small and unpack to what fills a
/// disk or takes a day are made to harm.
class ArchiveBudget {
 public:
  /// Of an archive of `bytes`: this many for each, after the first gigabytes. Images are packed
  /// already, and tables shrink to a tenth.
  static constexpr std::uint64_t kMostRatio = 400;
  static constexpr std::uint64_t kFree = std::uint64_t{4} << 30;

  ArchiveBudget(std::string name, std::uint64_t bytes)
      : name_(std::move(name)), left_(kFree + kMostRatio * bytes) {}

  /// Throws Error(data) where it is spent.
  void spend(std::uint64_t bytes);

 private:
  std::string name_;  ///< for messages
  std::uint64_t left_;
};

/// Reads an archive from its first entry to its last, through libarchive. All errors are
/// Error(data) that name the archive.
///
///     ArchiveStream archive(path, budget);
///     while (archive.next(entry)) {
///       while (const std::size_t count = archive.read(buffer)) use(buffer, count);
///     }
class ArchiveStream {
 public:
  struct Entry {
    enum class Kind { file, folder, link, other };
    std::string path;  ///< as clean_entry_path() gives it; of a link and what is no file, too
    Kind kind = Kind::file;
  };

  /// A file on the disk. `budget`, which must outlive this, pays for what is read.
  ArchiveStream(const std::filesystem::path& file, ArchiveBudget& budget);
  /// An archive that is an entry of another: the one that `outer` is at. It must be read to its
  /// end, or left, before `outer` goes on. `name` is for messages.
  ArchiveStream(ArchiveStream& outer, ArchiveKind kind, std::string name, ArchiveBudget& budget);
  /// The same of an entry that was copied to an open file, for kinds that are not read in sequence.
  ArchiveStream(int fd, ArchiveKind kind, std::string name, ArchiveBudget& budget);
  ~ArchiveStream();
  ArchiveStream(const ArchiveStream&) = delete;
  ArchiveStream& operator=(const ArchiveStream&) = delete;

  /// Goes to the next entry; false at the end.
  bool next(Entry& entry);
  /// The next bytes of this entry; 0 at its end.
  std::size_t read(std::span<std::byte> bytes);
  const std::string& name() const { return name_; }

 private:
  struct Library;

  std::string name_;
  ArchiveBudget& budget_;
  std::unique_ptr<Library> library_;
};

}  // namespace lockstep
