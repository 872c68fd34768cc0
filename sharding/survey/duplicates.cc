#include "sharding/survey/duplicates.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "core/process/jobs.h"
#include "sharding/survey/exact_duplicates.h"
#include "sharding/survey/near_duplicates.h"

namespace lockstep {
namespace {

/// A twin found for a sample, known by numbers.
struct Found {
  std::uint64_t first = 0;
  Likeness likeness = Likeness::exact;
  double similarity = 1;
};

bool is_better(const Found& a, const Found& b) {
  const auto rank = [](const Found& found) {
    return std::tuple(found.likeness == Likeness::near, -found.similarity, found.first);
  };
  return rank(a) < rank(b);
}

/// The best twin of each later sample, across splits and within them.
class BestTwins {
 public:
  using Map = std::map<std::uint64_t, Found>;

  explicit BestTwins(const PackSamples& samples) : samples_(samples) {}

  /// Each of `members` beside the first of `others` in an earlier split, and beside the first that
  /// comes before it in its own. Both lists rise, and hold one image each.
  void add(const std::vector<std::uint64_t>& others, const std::vector<std::uint64_t>& members,
           Likeness likeness, double similarity) {
    for (const std::uint64_t second : members) {
      const std::uint64_t split_begin = samples_.first_of(samples_.place(second).split);
      if (others.front() < split_begin) {
        offer(leaks_, second, {others.front(), likeness, similarity});
      }
      const auto own = std::ranges::lower_bound(others, split_begin);
      if (own != others.end() && *own < second) {
        offer(repeats_, second, {*own, likeness, similarity});
      }
    }
  }

  const Map& leaks() const { return leaks_; }
  const Map& repeats() const { return repeats_; }

 private:
  static void offer(Map& map, std::uint64_t second, const Found& found) {
    const auto [place, is_new] = map.try_emplace(second, found);
    if (!is_new && is_better(found, place->second)) place->second = found;
  }

  const PackSamples& samples_;
  Map leaks_;
  Map repeats_;
};

using SampleMap = std::map<std::uint64_t, TwinSample>;

/// All that a report says about the samples in `found`.
SampleMap look_up(const PackSamples& samples, const BestTwins& found) {
  SampleMap result;
  for (const BestTwins::Map* map : {&found.leaks(), &found.repeats()}) {
    for (const auto& [second, twin] : *map) {
      result[second];
      result[twin.first];
    }
  }
  if (result.empty()) return result;
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, sample] : result) numbers.push_back(number);
  const std::vector<std::string> sources = sources_of(samples, numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    TwinSample& twin = result[numbers[i]];
    const auto [split, id] = samples.place(numbers[i]);
    twin.split = split;
    twin.id = id;
    twin.source = sources[i];
  }
  samples.visit_index(
      [&, next = result.begin()](std::uint64_t number, const Sample& sample) mutable {
        if (next == result.end() || next->first != number) return;
        next->second.label = sample.label;
        next->second.targets = sample.targets;
        ++next;
      });
  return result;
}

std::vector<Twins> to_twins(const BestTwins::Map& found, const SampleMap& samples) {
  std::vector<Twins> twins;
  for (const auto& [second, twin] : found) {
    twins.push_back({samples.at(twin.first), samples.at(second), twin.likeness, twin.similarity});
  }
  std::ranges::stable_sort(twins, {}, [](const Twins& pair) {
    return std::pair(pair.likeness == Likeness::near, -pair.similarity);
  });
  return twins;
}

}  // namespace

DuplicateReport find_duplicates(const Pack& pack, const DuplicateSearch& search) {
  const PackSamples samples(pack);
  BestTwins found(samples);
  DuplicateReport report;

  const std::vector<std::vector<std::uint64_t>> groups = find_exact_duplicates(samples);
  for (const std::vector<std::uint64_t>& group : groups) {
    found.add(group, group, Likeness::exact, 1);
  }

  if (search.depth == DuplicateSearch::Depth::near) {
    // Of an image that is there several times, one copy is compared.
    std::unordered_set<std::uint64_t> copies;
    std::unordered_map<std::uint64_t, const std::vector<std::uint64_t>*> group_of;
    for (const std::vector<std::uint64_t>& group : groups) {
      group_of[group.front()] = &group;
      copies.insert(group.begin() + 1, group.end());
    }
    const auto members = [&](std::uint64_t number) {
      const auto group = group_of.find(number);
      return group == group_of.end() ? std::vector{number} : *group->second;
    };
    const NearDuplicates near = find_near_duplicates(
        samples, [&](std::uint64_t number) { return copies.contains(number); },
        resolve_jobs(search.jobs), search.progress);
    report.flat_images = near.flat;
    for (const NearPair& pair : near.pairs) {
      const std::vector<std::uint64_t> first = members(pair.first);
      const std::vector<std::uint64_t> second = members(pair.second);
      found.add(first, second, Likeness::near, pair.similarity);
      found.add(second, first, Likeness::near, pair.similarity);
    }
  }

  const SampleMap twins = look_up(samples, found);
  report.leaks = to_twins(found.leaks(), twins);
  report.repeats = to_twins(found.repeats(), twins);
  return report;
}

}  // namespace lockstep
