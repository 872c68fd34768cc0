#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sharding/format/index_record.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// One split of a pack: N samples, numbered 0 .. N-1, always the same. Samples are read with pread
/// at addresses taken from pack.json, without HDF5: no lock, one page cache for all ranks of a
/// node. Nothing is trusted: sizes, offsets, labels and checksums are checked, and what is wrong
/// throws Error(data) that names file and sample. Thread-safe.
///
///     const std::shared_ptr<const PackSplit> train = pack.split("train");
///     train->read(17, sample);   // throws Error(data) where it is damaged
class PackSplit final : public Dataset {
 public:
  PackSplit(std::filesystem::path pack, const PackManifest& manifest, const SplitInfo& split);
  ~PackSplit() override;
  PackSplit(const PackSplit&) = delete;
  PackSplit& operator=(const PackSplit&) = delete;

  const std::string& name() const { return split_.name; }
  std::uint64_t size() const override { return split_.samples; }
  Encoding encoding() const override { return encoding_; }
  LabelType label_type() const override { return label_; }

  /// Reads sample `id` < size(). Allocates only where the sample's memory must grow, and when a
  /// shard is first opened.
  void read(std::uint64_t id, Sample& sample) const override;
  void visit_labels(
      const std::function<void(std::uint64_t id, const SampleLabel& label)>& visit) const override;
  void read_ahead(std::uint64_t first, std::uint64_t count) const override;
  /// Names the split and the shard; `lockstep verify` also names the file that it was made from.
  std::string describe(std::uint64_t id) const override;

  /// Calls `visit` for every sample, in order, with `bytes` left empty: a pass over the index
  /// alone.
  void visit_index(const std::function<void(std::uint64_t id, const Sample&)>& visit) const;

 private:
  struct Shard;
  Shard& shard_of(std::uint64_t id) const;
  int open_shard(Shard& shard) const;
  void decode(const Shard& shard, std::uint64_t id, std::span<const std::byte> record,
              Sample& sample) const;

  std::filesystem::path pack_;
  Encoding encoding_;
  std::uint32_t features_;  ///< of a sample; 0: images
  LabelType label_;
  std::uint64_t classes_;  ///< 0 where labels are not class numbers
  SplitInfo split_;
  std::unique_ptr<Shard[]> shards_;
};

/// A pack on disk, known by its pack.json; opening it reads that file alone. Thread-safe.
///
///     const Pack pack("data/mine");
///     pack.label_names()         // {"cat", "dog"}
///     pack.split("train")->size()
class Pack {
 public:
  /// Throws Error(data) where `directory` is not a pack, or an unfinished or damaged one.
  explicit Pack(std::filesystem::path directory);

  const std::filesystem::path& directory() const { return directory_; }
  const PackManifest& manifest() const { return manifest_; }
  /// Two packs with one fingerprint hold the same bytes.
  const std::string& fingerprint() const { return manifest_.fingerprint; }
  Encoding encoding() const { return manifest_.encoding; }
  /// Absent where the samples are images.
  const std::optional<FeatureInfo>& features() const { return manifest_.features; }
  LabelKind label_kind() const { return manifest_.label.kind; }
  const std::vector<std::string>& classes() const { return manifest_.classes; }
  /// What each class, target or flag is called; empty where there are no labels. A pack that does
  /// not say what its targets are called has "target 1", "target 2", … or "flag 1", ….
  std::vector<std::string> label_names() const;
  /// Channels of a decoded image: 1 where all images are grey, else 3.
  int channels() const { return manifest_.channels; }
  /// Per channel over the train split, in units of [0, 1].
  std::vector<float> mean() const;
  std::vector<float> std() const;

  /// Throws Error(data), which lists the splits, where no split has that name.
  std::shared_ptr<const PackSplit> split(std::string_view name) const;

 private:
  std::filesystem::path directory_;
  PackManifest manifest_;
};

}  // namespace lockstep
