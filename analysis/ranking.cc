#include "analysis/ranking.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>

namespace lockstep {

SortedScores::SortedScores(std::span<const float> scores, std::span<const bool> positive) {
  assert(scores.size() == positive.size());
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::greater(), [&](std::size_t i) { return scores[i]; });
  for (std::size_t at = 0; at < order.size(); ++at) {
    const bool ends = at + 1 == order.size() || scores[order[at + 1]] != scores[order[at]];
    entries_.push_back({order[at], positive[order[at]], ends});
  }
}

std::optional<Ranking> SortedScores::ranking(SampleWeights weights) const {
  double positives = 0, others = 0;
  for (const Entry& entry : entries_) {
    (entry.positive ? positives : others) += weights[entry.sample];
  }
  if (positives == 0 || others == 0) return std::nullopt;

  Ranking ranking;
  double found = 0, wrong = 0;  // above the threshold
  double found_here = 0, wrong_here = 0;
  for (const Entry& entry : entries_) {
    (entry.positive ? found_here : wrong_here) += weights[entry.sample];
    if (!entry.ends) continue;
    ranking.roc_area += wrong_here * (found + found_here / 2);
    found += found_here;
    wrong += wrong_here;
    if (found_here > 0) {
      ranking.average_precision += found_here / positives * found / (found + wrong);
    }
    found_here = wrong_here = 0;
  }
  ranking.roc_area /= positives * others;
  return ranking;
}

std::optional<Ranking> rank_scores(std::span<const float> scores, std::span<const bool> positive) {
  return SortedScores(scores, positive).ranking({});
}

}  // namespace lockstep
