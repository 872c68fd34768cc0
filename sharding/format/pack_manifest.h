#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sharding/format/index_record.h"

namespace lockstep {

/// Where a dataset lies in its shard.
struct DatasetExtent {
  std::uint64_t address = 0;
  std::uint64_t size = 0;  ///< bytes
  bool operator==(const DatasetExtent&) const = default;
};

struct ShardInfo {
  std::string file;        ///< name inside the pack
  std::uint64_t size = 0;  ///< bytes
  std::uint64_t samples = 0;
  DatasetExtent bytes;
  DatasetExtent index;
  std::string hash;        ///< XXH3-128 of the file
  std::string index_hash;  ///< of the /index dataset: checked by training when it opens the shard
  std::string structure_hash;  ///< of all that is neither /bytes nor /index: HDF5's own data,
                               ///< /source, /classes, /label_names
};

struct SplitInfo {
  std::string name;
  std::uint64_t samples = 0;
  std::vector<ShardInfo> shards;  ///< in sample order
};

/// The options of `lockstep pack` that decide the pack's bytes.
using PackOptionsRecord = std::map<std::string, std::string>;

/// What pack.json says. The file is written last, so its presence means that the pack is whole.
struct PackManifest {
  Encoding encoding = Encoding::raw;
  LabelType label;
  std::vector<std::string> classes;  ///< empty unless labels are class numbers
  /// Of each target or flag, all different; empty where they are not known, or labels are neither.
  std::vector<std::string> label_names;
  int channels = 0;  ///< of a decoded image: 1 where all images are grey, else 3
  std::vector<double>
      mean;  ///< per channel over the train split (SourceScan::statistics), in [0, 1]
  std::vector<double> std;
  PackOptionsRecord options;
  std::string input_digest;    ///< SourceScan::digest of what it was made from
  std::uint64_t rejected = 0;  ///< samples of the source that are left out; rejected.csv names them
  std::vector<SplitInfo> splits;
  std::string fingerprint;  ///< XXH3-128 of pack.json with these 32 digits as zeros; set by writing

  /// nullptr where no split has that name.
  const SplitInfo* find(std::string_view split) const;
};

/// Writes `pack`/pack.json so that it is there whole or not at all, and sets
/// `manifest.fingerprint`. Throws Error(storage).
void write_pack_manifest(const std::filesystem::path& pack, PackManifest& manifest);

/// The nearest directory that `path` is in, at any depth, and that holds a pack.json; empty where
/// none does.
std::filesystem::path find_pack_around(const std::filesystem::path& path);

/// Reads and checks pack.json: its own hash, format, version, every number. Throws Error(data) that
/// says what to do.
PackManifest read_pack_manifest(const std::filesystem::path& pack);

}  // namespace lockstep
