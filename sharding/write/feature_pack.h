#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sharding/format/sample.h"
#include "sharding/write/pack_directory.h"
#include "sharding/write/pack_writer.h"
#include "sharding/write/shard_cutter.h"

namespace lockstep {

/// Makes a pack of features, sample after sample. It is there once finish() returns; before, an
/// older pack stays. Every member throws Error(storage) where it cannot be written.
///
///     FeaturePack pack(out, std::move(manifest), ExistingPack::refuse, 1 << 30);
///     pack.add("train", "cats/1.jpg", sample, features);
///     pack.finish();
class FeaturePack {
 public:
  /// `manifest` says all but the splits. Throws Error(usage) where `out` holds a pack that is not
  /// to be replaced, or something else.
  FeaturePack(std::filesystem::path out, PackManifest manifest, ExistingPack existing,
              std::uint64_t shard_bytes);

  /// The numbers of a sample, PackManifest::features_of_sample() of them, with the label or targets
  /// of `labelled`. Splits come one after the other. Throws Error(data) where a number is not
  /// finite.
  void add(const std::string& split, const std::string& source, const Sample& labelled,
           std::span<const float> features);

  void finish();

 private:
  std::filesystem::path out_;
  PackManifest manifest_;
  std::optional<PackDirectory> directory_;
  std::optional<ShardCutter> cutter_;
  Sample sample_;
};

/// Throws Error(usage) where `out` cannot become a pack of features: what FeaturePack checks, for
/// those who have much to do first. Throws Error(data) where the pack there is damaged.
void check_new_pack(const std::filesystem::path& out, ExistingPack existing);

}  // namespace lockstep
