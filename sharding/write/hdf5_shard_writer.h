#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "sharding/format/pack_manifest.h"

namespace lockstep {

/// All of a shard but its images and index.
struct ShardStructure {
  Encoding encoding = Encoding::raw;
  LabelType label;
  std::uint64_t bytes = 0;               ///< size of /bytes
  std::span<const std::string> sources;  ///< one a sample
  std::span<const std::string> classes;
  std::span<const std::string> label_names;
};

struct ShardLayout {
  DatasetExtent bytes;
  DatasetExtent index;
};

/// Creates a shard at its full size; /bytes and /index have their place, and are left for the
/// caller to write there. The same structure gives the same bytes. Throws Error(storage).
ShardLayout create_shard(const std::filesystem::path& path, const ShardStructure& structure);

}  // namespace lockstep
