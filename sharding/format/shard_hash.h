#pragma once

#include <filesystem>
#include <string>

#include "sharding/format/pack_manifest.h"

namespace lockstep {

/// The three digests of a shard, from one pass over its file.
struct ShardHashes {
  std::string file;
  std::string index;
  std::string structure;  ///< of what lies outside /bytes and /index, in file order
};

/// `shard` says where the datasets lie. Throws Error(data) where the file cannot be read or is
/// shorter than `shard.size`.
ShardHashes hash_shard(const std::filesystem::path& path, const ShardInfo& shard);

}  // namespace lockstep
