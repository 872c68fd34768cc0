#pragma once

#include <cstdint>
#include <span>

namespace lockstep {

/// Two models on the same samples: how many each has right.
struct PairedOutcome {
  std::int64_t both = 0;
  std::int64_t first_only = 0;
  std::int64_t second_only = 0;
  std::int64_t neither = 0;
  /// McNemar's exact test, two-sided: the chance of counts at least as far apart where both models
  /// are wrong equally often.
  double p_value = 1;
};

PairedOutcome compare_outcomes(std::span<const bool> first_right,
                               std::span<const bool> second_right);

/// Two-sided binomial test of `few` against `many` at even odds.
double even_odds_p_value(std::int64_t few, std::int64_t many);

}  // namespace lockstep
