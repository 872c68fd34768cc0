#include "sharding/survey/pack_samples.h"

#include <algorithm>

#include "core/error.h"
#include "sharding/read/hdf5_shard_reader.h"

namespace lockstep {

PackSamples::PackSamples(const Pack& pack) : pack_(pack), first_{0} {
  for (const SplitInfo& info : pack.manifest().splits) {
    splits_.push_back(pack.split(info.name));
    first_.push_back(first_.back() + info.samples);
  }
}

PackSamples::Place PackSamples::place(std::uint64_t number) const {
  const auto after = std::ranges::upper_bound(first_, number);
  const auto split = static_cast<std::size_t>(after - first_.begin()) - 1;
  return {split, number - first_[split]};
}

void PackSamples::read(std::uint64_t number, Sample& sample) const {
  const auto [split, id] = place(number);
  splits_[split]->read(id, sample);
}

std::string PackSamples::describe(std::uint64_t number) const {
  const auto [split, id] = place(number);
  return splits_[split]->describe(id);
}

void PackSamples::visit_index(
    const std::function<void(std::uint64_t, const Sample&)>& visit) const {
  for (std::size_t split = 0; split < splits_.size(); ++split) {
    splits_[split]->visit_index(
        [&](std::uint64_t id, const Sample& sample) { visit(first_[split] + id, sample); });
  }
}

std::vector<std::string> sources_of(const PackSamples& samples,
                                    std::span<const std::uint64_t> numbers) {
  std::vector<std::string> result;
  result.reserve(numbers.size());
  auto next = numbers.begin();
  std::uint64_t first = 0;
  for (const SplitInfo& split : samples.pack().manifest().splits) {
    for (const ShardInfo& shard : split.shards) {
      const std::uint64_t end = first + shard.samples;
      if (next != numbers.end() && *next < end) {
        const std::vector<std::string> sources = read_sources(samples.pack().directory(), shard);
        for (; next != numbers.end() && *next < end; ++next) {
          result.push_back(sources[*next - first]);
        }
      }
      first = end;
    }
  }
  return result;
}

}  // namespace lockstep
