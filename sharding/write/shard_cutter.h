#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sharding/format/pack_manifest.h"
#include "sharding/format/sample.h"
#include "sharding/write/shard_spool.h"

namespace lockstep {

/// Cuts samples, which come split after split, into shards. Throws Error(storage).
class ShardCutter {
 public:
  /// `pack`, which must outlive it, says how samples and labels are stored; the shards are written
  /// to `directory`. One is closed before the sample that would take it beyond `shard_bytes`.
  ShardCutter(const PackManifest& pack, std::filesystem::path directory, std::uint64_t shard_bytes);

  /// `source` is where the sample came from; its record holds all but the offset.
  void add(const std::string& split, const std::string& source, const Sample& sample);

  std::vector<SplitInfo> finish();

 private:
  void close_shard();

  std::filesystem::path directory_;
  std::uint64_t shard_bytes_;
  ShardSpool spool_;
  std::vector<SplitInfo> splits_;
};

}  // namespace lockstep
