#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/file.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/source/pack_source.h"

namespace lockstep {

/// Gathers the samples of one shard on disk until its size is known, then writes the shard. The
/// file is plain: images one after the other. Not thread-safe; throws Error(storage).
class ShardSpool {
 public:
  /// `encoding` is that of the shard; its labels are those of `source`, which must outlive it.
  ShardSpool(std::filesystem::path path, Encoding encoding, const PackSource& source);

  bool empty() const { return sources_.empty(); }
  /// Bytes of images gathered so far.
  std::uint64_t bytes() const { return bytes_; }

  /// `sample.record` holds all but the offset.
  void add(const std::string& source, const Sample& sample);

  /// Writes what was gathered to `directory`/`name`, durably, and starts again.
  ShardInfo write_shard(const std::filesystem::path& directory, const std::string& name);

 private:
  void flush();
  void copy_to(int fd, const std::filesystem::path& path);

  std::filesystem::path path_;
  Encoding encoding_;
  LabelType label_;
  const PackSource& source_;
  UniqueFd file_;
  std::vector<std::byte> buffer_;  ///< not yet in the file
  std::uint64_t bytes_ = 0;
  std::vector<std::byte> index_;
  std::vector<std::string> sources_;
};

}  // namespace lockstep
