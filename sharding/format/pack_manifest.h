#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
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
  DatasetExtent bytes;  ///< of /bytes, or /features
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

/// What made the numbers of a pack of features.
struct FeatureInfo {
  std::uint32_t count = 0;   ///< numbers of a sample
  std::string layer;         ///< whose output they are; kHeadInput: what the network's head takes
  std::string network;       ///< of the catalog
  std::string weights;       ///< XXH3-128 of the network's tensors without its head
  std::uint32_t height = 0;  ///< of the images that it was given, in pixels
  std::uint32_t width = 0;
  std::uint32_t views = 0;  ///< augmented ones of each training sample; 0: each once, as it is
  bool operator==(const FeatureInfo&) const = default;
};
/// FeatureInfo::layer of features that train a head.
inline constexpr std::string_view kHeadInput = "head";

/// The options of `lockstep pack` that decide the pack's bytes.
using PackOptionsRecord = std::map<std::string, std::string>;

/// What pack.json says. The file is written last, so its presence means that the pack is whole.
struct PackManifest {
  Encoding encoding = Encoding::raw;
  LabelType label;
  std::vector<std::string> classes;  ///< empty unless labels are class numbers
  /// Of each target or flag, all different; empty where they are not known, or labels are neither.
  std::vector<std::string> label_names;
  std::optional<FeatureInfo> features = {};  ///< of Encoding::features; absent for images
  int channels = 0;          ///< of a decoded image: 1 where all images are grey, else 3
  std::vector<double> mean;  ///< per channel over the train split (SourceScan::statistics), in [0,
                             ///< 1]; of features what the network took from the images
  std::vector<double> std;
  PackOptionsRecord options;
  std::string input_digest;    ///< SourceScan::digest of what it was made from
  std::uint64_t rejected = 0;  ///< samples of the source that are left out; rejected.csv names them
  std::vector<SplitInfo> splits;
  std::string fingerprint;  ///< XXH3-128 of pack.json with these 32 digits as zeros; set by writing

  /// Numbers of a sample; 0 where samples are images.
  std::uint32_t features_of_sample() const { return features ? features->count : 0; }
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
