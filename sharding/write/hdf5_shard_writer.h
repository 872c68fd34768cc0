#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sharding/format/pack_manifest.h"
#include "sharding/format/sparse_bytes.h"

namespace lockstep {

/// All of a shard but its images and index.
struct ShardStructure {
  Encoding encoding = Encoding::raw;
  LabelType label;
  std::uint32_t features = 0;            ///< of a sample, of Encoding::features
  std::uint64_t bytes = 0;               ///< size of /bytes, or /features
  std::span<const std::string> sources;  ///< one a sample
  std::span<const std::string> classes;
  std::span<const std::string> label_names;
};

/// A shard without its images and index, as HDF5 made it.
struct ShardImage {
  SparseBytes content;  ///< at the full size; what is at `bytes` and `index` is left to be written
  DatasetExtent bytes;
  DatasetExtent index;
};

/// Makes a shard in memory: HDF5 itself writes nothing to a disk. The same structure gives the same
/// bytes. Throws Error(storage) where HDF5 fails, which names the shard `name`.
ShardImage create_shard(const std::string& name, const ShardStructure& structure);

}  // namespace lockstep
