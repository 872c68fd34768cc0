#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/storage/new_file.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/format/sample.h"

namespace lockstep {

/// Gathers the samples of one shard on disk until its size is known, then writes the shard. The
/// file is plain: images one after the other. Not thread-safe; throws Error(storage).
class ShardSpool {
 public:
  /// `pack`, which must outlive it, says how samples and labels are stored.
  ShardSpool(std::filesystem::path path, const PackManifest& pack);

  bool empty() const { return sources_.empty(); }
  /// Bytes of images gathered so far.
  std::uint64_t bytes() const { return bytes_; }

  /// `sample.record` holds all but the offset.
  void add(const std::string& source, const Sample& sample);

  /// Writes what was gathered to `directory`/`name`, durably, reads it back, and starts again.
  ShardInfo write_shard(const std::filesystem::path& directory, const std::string& name);

 private:
  using Write = std::function<void(std::span<const std::byte>)>;

  void flush();
  /// Closes the spool and gives what it holds to `write`.
  void copy_to(const Write& write);

  std::filesystem::path path_;
  const PackManifest& pack_;
  std::optional<NewFile> file_;
  std::vector<std::byte> buffer_;  ///< not yet in the file
  std::uint64_t bytes_ = 0;
  std::vector<std::byte> index_;
  std::vector<std::string> sources_;
};

}  // namespace lockstep
