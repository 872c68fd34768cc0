#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sharding/format/pack_manifest.h"

namespace lockstep {

/// What HDF5 itself says of a shard: how a program that knows nothing of packs sees it.
struct ShardDescription {
  std::string format;
  std::int64_t version = 0;
  std::string encoding;
  std::string label_kind;
  DatasetExtent bytes;
  DatasetExtent index;
  std::uint64_t samples = 0;
  std::vector<std::string> sources;
  std::vector<std::string> classes;      ///< empty where there is no /classes
  std::vector<std::string> label_names;  ///< empty where there is no /label_names
};

/// What HDF5 says of the shard at `path`. Its structure is read and checked against the hash in
/// `shard` first; HDF5 then gets these very bytes, and no others, in a child process. Throws
/// Error(data) where the structure is damaged, and where HDF5 cannot read it all the same.
ShardDescription describe_shard(const std::filesystem::path& path, const ShardInfo& shard);

/// Where each sample of a shard of `pack`'s came from, in their order. Throws as describe_shard,
/// and Error(data) where there are not as many as samples.
std::vector<std::string> read_sources(const std::filesystem::path& pack, const ShardInfo& shard);

/// Of all shards of a split, in their order.
std::vector<std::string> read_sources(const std::filesystem::path& pack, const SplitInfo& split);

}  // namespace lockstep
