#include "sharding/survey/near_duplicates.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/ordered_pipeline.h"
#include "imaging/render/perceptual_hash.h"
#include "sharding/read/sample_image.h"
#include "sharding/survey/near_hashes.h"

namespace lockstep {
namespace {

constexpr std::size_t kCandidates = 8;

/// What a thread needs to look at samples.
struct Looker {
  Thumbnailer thumbnailer;
  Sample sample;

  void look(const PackSamples& samples, std::uint64_t number, Thumbnail& thumbnail) {
    samples.read(number, sample);
    try {
      thumbnailer.draw(stored_image(sample, samples.pack().encoding()), thumbnail);
    } catch (const Error& error) {
      fail(error.code(), "{}: {}", samples.describe(number), error.what());
    }
  }
};

/// The hashes of those samples that have one.
struct Hashes {
  std::vector<std::uint64_t> hashes;
  std::vector<std::uint64_t> numbers;  ///< of the samples, rising
  std::uint64_t flat = 0;
};

Hashes hash_images(const PackSamples& samples, const std::function<bool(std::uint64_t)>& skip,
                   int jobs, const Progress& progress) {
  struct Item {
    Looker looker;
    std::uint64_t number = 0;
    std::optional<std::uint64_t> hash;
  };
  Hashes result;
  std::uint64_t next = 0;
  run_ordered<Item>(
      jobs,
      [&](Item& item) {
        while (next < samples.size() && skip(next)) ++next;
        item.number = next;
        return next++ < samples.size();
      },
      [&](Item& item) {
        Thumbnail thumbnail;
        item.looker.look(samples, item.number, thumbnail);
        item.hash = perceptual_hash(thumbnail);
      },
      [&](Item& item) {
        if (item.hash) {
          result.hashes.push_back(*item.hash);
          result.numbers.push_back(item.number);
        } else {
          ++result.flat;
        }
        if (progress) progress(item.number + 1, samples.size());
      });
  return result;
}

/// Earlier samples that a sample is compared with, nearest first.
struct Candidates {
  struct Candidate {
    int bits;
    std::uint64_t number;
    auto operator<=>(const Candidate&) const = default;
  };
  std::vector<Candidate> same_split;
  std::vector<Candidate> other_splits;

  static void add(std::vector<Candidate>& list, Candidate candidate) {
    list.insert(std::ranges::upper_bound(list, candidate), candidate);
    if (list.size() > kCandidates) list.pop_back();
  }
};

using CandidateMap = std::map<std::uint64_t, Candidates>;

CandidateMap find_candidates(const PackSamples& samples, const Hashes& hashes) {
  CandidateMap candidates;
  visit_near_pairs(hashes.hashes, [&](std::size_t i, std::size_t j, int bits) {
    const std::uint64_t first = hashes.numbers[i];
    const std::uint64_t second = hashes.numbers[j];
    Candidates& of_second = candidates[second];
    const bool same = samples.place(first).split == samples.place(second).split;
    Candidates::add(same ? of_second.same_split : of_second.other_splits, {bits, first});
  });
  return candidates;
}

std::vector<NearPair> confirm(const PackSamples& samples, const CandidateMap& candidates, int jobs,
                              const Progress& progress) {
  struct Item {
    Looker looker;
    CandidateMap::const_iterator second;
    std::vector<NearPair> pairs;
  };
  std::vector<NearPair> pairs;
  std::uint64_t done = 0;
  auto next = candidates.begin();
  run_ordered<Item>(
      jobs,
      [&](Item& item) {
        if (next == candidates.end()) return false;
        item.second = next++;
        return true;
      },
      [&](Item& item) {
        const auto& [second, of_second] = *item.second;
        item.pairs.clear();
        Thumbnail thumbnail;
        Thumbnail other;
        item.looker.look(samples, second, thumbnail);
        for (const auto* list : {&of_second.same_split, &of_second.other_splits}) {
          for (const Candidates::Candidate& candidate : *list) {
            item.looker.look(samples, candidate.number, other);
            const double alike = similarity(thumbnail, other);
            if (alike >= kNearSimilarity) item.pairs.push_back({candidate.number, second, alike});
          }
        }
        std::ranges::sort(item.pairs, {}, &NearPair::first);
      },
      [&](Item& item) {
        pairs.insert(pairs.end(), item.pairs.begin(), item.pairs.end());
        if (progress) progress(++done, candidates.size());
      });
  return pairs;
}

}  // namespace

NearDuplicates find_near_duplicates(const PackSamples& samples,
                                    const std::function<bool(std::uint64_t)>& skip, int jobs,
                                    const Progress& progress) {
  const Hashes hashes = hash_images(samples, skip, jobs, progress);
  const CandidateMap candidates = find_candidates(samples, hashes);
  return {confirm(samples, candidates, jobs, progress), hashes.flat};
}

}  // namespace lockstep
