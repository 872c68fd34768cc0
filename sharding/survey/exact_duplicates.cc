#include "sharding/survey/exact_duplicates.h"

#include <algorithm>
#include <tuple>

namespace lockstep {
namespace {

struct Hashed {
  std::uint64_t hash;
  std::uint64_t number;
  auto operator<=>(const Hashed&) const = default;
};

bool same_image(const Sample& a, const Sample& b) {
  const auto shape = [](const SampleRecord& record) {
    return std::tuple(record.height, record.width, record.channels);
  };
  return shape(a.record) == shape(b.record) && a.bytes == b.bytes;
}

/// Cuts a run of samples with one hash into groups whose bytes are the same.
void add_groups(const PackSamples& samples, std::span<const Hashed> run,
                std::vector<std::vector<std::uint64_t>>& groups) {
  struct Group {
    Sample first;
    std::vector<std::uint64_t> numbers;
  };
  std::vector<Group> found;  // nearly always one
  Sample sample;
  for (const Hashed& entry : run) {
    samples.read(entry.number, sample);
    const auto group = std::ranges::find_if(
        found, [&](const Group& candidate) { return same_image(candidate.first, sample); });
    if (group != found.end()) {
      group->numbers.push_back(entry.number);
    } else {
      found.push_back({sample, {entry.number}});
    }
  }
  for (Group& group : found) {
    if (group.numbers.size() > 1) groups.push_back(std::move(group.numbers));
  }
}

}  // namespace

std::vector<std::vector<std::uint64_t>> find_exact_duplicates(const PackSamples& samples) {
  std::vector<Hashed> entries;
  entries.reserve(samples.size());
  samples.visit_index([&](std::uint64_t number, const Sample& sample) {
    entries.push_back({sample.record.hash, number});
  });
  std::ranges::sort(entries);
  std::vector<std::vector<std::uint64_t>> groups;
  for (std::size_t begin = 0, end = 0; begin < entries.size(); begin = end) {
    while (end < entries.size() && entries[end].hash == entries[begin].hash) ++end;
    if (end - begin > 1) {
      add_groups(samples, std::span(entries).subspan(begin, end - begin), groups);
    }
  }
  std::ranges::sort(groups, {}, [](const auto& group) { return group.front(); });
  return groups;
}

}  // namespace lockstep
