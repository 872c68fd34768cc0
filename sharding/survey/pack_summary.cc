#include "sharding/survey/pack_summary.h"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

constexpr std::size_t kHistogramParts = 16;

/// What the index says of each sample, as far as quartiles need it.
struct Columns {
  std::vector<std::uint32_t> height;
  std::vector<std::uint32_t> width;
  std::vector<std::vector<float>> targets;
};

/// The distribution of what `value` makes of the samples' heights and widths.
template <typename Value>
Distribution over_sizes(const Columns& columns, std::vector<float>& scratch, Value value) {
  scratch.resize(columns.height.size());
  for (std::size_t i = 0; i < scratch.size(); ++i) {
    scratch[i] = value(static_cast<float>(columns.height[i]), static_cast<float>(columns.width[i]));
  }
  return distribution_of(scratch);
}

SplitSummary summarize_split(const Pack& pack, const SplitInfo& info) {
  SplitSummary summary;
  summary.name = info.name;
  summary.samples = info.samples;
  summary.shards = info.shards.size();
  for (const ShardInfo& shard : info.shards) {
    summary.image_bytes += shard.bytes.size;
    summary.file_bytes += shard.size;
  }
  const LabelType& label = pack.manifest().label;
  if (label.kind == LabelKind::int64) summary.class_samples.resize(pack.classes().size());
  if (label.kind == LabelKind::uint8) summary.flag_samples.resize(label.width);
  Columns columns;
  columns.height.reserve(info.samples);
  columns.width.reserve(info.samples);
  if (label.kind == LabelKind::float32) columns.targets.resize(label.width);
  pack.split(info.name)->visit_index([&](std::uint64_t, const Sample& sample) {
    columns.height.push_back(sample.record.height);
    columns.width.push_back(sample.record.width);
    if (!summary.class_samples.empty()) {
      ++summary.class_samples[static_cast<std::size_t>(sample.label)];
    }
    for (std::size_t i = 0; i < columns.targets.size(); ++i) {
      columns.targets[i].push_back(sample.targets[i]);
    }
    for (std::size_t i = 0; i < summary.flag_samples.size(); ++i) {
      summary.flag_samples[i] += sample.targets[i] != 0 ? 1 : 0;
    }
  });
  std::vector<float> scratch;
  summary.height = over_sizes(columns, scratch, [](float height, float) { return height; });
  summary.width = over_sizes(columns, scratch, [](float, float width) { return width; });
  summary.shorter_side = over_sizes(
      columns, scratch, [](float height, float width) { return std::min(height, width); });
  summary.aspect_ratio =
      over_sizes(columns, scratch, [](float height, float width) { return width / height; });
  for (std::vector<float>& target : columns.targets) {
    summary.targets.push_back(distribution_of(target, kHistogramParts));
  }
  return summary;
}

}  // namespace

std::vector<SplitSummary> summarize(const Pack& pack) {
  std::vector<SplitSummary> result;
  for (const SplitInfo& split : pack.manifest().splits) {
    result.push_back(summarize_split(pack, split));
  }
  return result;
}

int advised_image_size(const Distribution& shorter_side) {
  constexpr std::array common{32, 48, 64, 96, 128, 160, 192, 224};
  if (shorter_side.min == shorter_side.max && shorter_side.max <= common.back()) {
    return static_cast<int>(shorter_side.max);
  }
  int size = common.front();
  for (const int larger : common) {
    if (larger <= shorter_side.lower_quartile) size = larger;
  }
  return size;
}

}  // namespace lockstep
