#include "analysis/paired.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace lockstep {

double even_odds_p_value(std::int64_t few, std::int64_t many) {
  if (few > many) std::swap(few, many);
  const auto all = static_cast<double>(few + many);
  // log of the chance of 0 of `all`, then of one more each time; the largest is the last.
  double log_chance = -all * std::log(2.0), sum = 0;
  for (std::int64_t i = 0; i <= few; ++i) {
    if (i > 0) log_chance += std::log((all - static_cast<double>(i) + 1) / static_cast<double>(i));
    sum += std::exp(log_chance);
  }
  return std::min(1.0, 2 * sum);
}

PairedOutcome compare_outcomes(std::span<const bool> first_right,
                               std::span<const bool> second_right) {
  assert(first_right.size() == second_right.size());
  PairedOutcome result;
  for (std::size_t i = 0; i < first_right.size(); ++i) {
    if (first_right[i]) {
      ++(second_right[i] ? result.both : result.first_only);
    } else {
      ++(second_right[i] ? result.second_only : result.neither);
    }
  }
  result.p_value = even_odds_p_value(result.first_only, result.second_only);
  return result;
}

}  // namespace lockstep
