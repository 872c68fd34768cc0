#include "trainer/task/ranking.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <numeric>
#include <vector>

namespace lockstep {

std::optional<Ranking> rank_scores(std::span<const float> scores, std::span<const bool> positive) {
  assert(scores.size() == positive.size());
  const auto positives = static_cast<double>(std::ranges::count(positive, true));
  const double others = static_cast<double>(scores.size()) - positives;
  if (positives == 0 || others == 0) return std::nullopt;
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::greater(), [&](std::size_t i) { return scores[i]; });

  Ranking ranking;
  double found = 0, wrong = 0;  // above the threshold
  for (auto begin = order.begin(); begin != order.end();) {
    const auto end = std::find_if(begin, order.end(),
                                  [&](std::size_t i) { return scores[i] != scores[*begin]; });
    const auto found_here =
        static_cast<double>(std::count_if(begin, end, [&](std::size_t i) { return positive[i]; }));
    const double wrong_here = static_cast<double>(end - begin) - found_here;
    ranking.roc_area += wrong_here * (found + found_here / 2);
    found += found_here;
    wrong += wrong_here;
    ranking.average_precision += found_here / positives * found / (found + wrong);
    begin = end;
  }
  ranking.roc_area /= positives * others;
  return ranking;
}

}  // namespace lockstep
