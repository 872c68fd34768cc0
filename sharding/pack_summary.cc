#include "sharding/pack_summary.h"

#include <algorithm>
#include <limits>

namespace lockstep {
namespace {

SplitSummary summarize_split(const Pack& pack, const SplitInfo& info) {
  SplitSummary summary;
  summary.name = info.name;
  summary.samples = info.samples;
  summary.shards = info.shards.size();
  for (const ShardInfo& shard : info.shards) {
    summary.image_bytes += shard.bytes.size;
    summary.file_bytes += shard.size;
  }
  summary.min_height = summary.min_width = std::numeric_limits<std::uint32_t>::max();
  summary.class_samples.resize(pack.classes().size());
  pack.split(info.name)->visit_index([&](std::uint64_t, const Sample& sample) {
    const SampleRecord& record = sample.record;
    summary.min_height = std::min(summary.min_height, record.height);
    summary.max_height = std::max(summary.max_height, record.height);
    summary.min_width = std::min(summary.min_width, record.width);
    summary.max_width = std::max(summary.max_width, record.width);
    if (!summary.class_samples.empty()) {
      ++summary.class_samples[static_cast<std::size_t>(sample.label)];
    }
  });
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

}  // namespace lockstep
