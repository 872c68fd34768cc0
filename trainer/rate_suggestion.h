#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lockstep {

/// A sweep of learning rates: one step with each, the rates ascending.
struct RateSweep {
  std::vector<double> rates;
  std::vector<double> losses;    ///< of each step
  std::vector<double> smoothed;  ///< an average that looks back about 50 steps, its begin corrected

  /// Adds a step. False where the loss has diverged: it is not finite, or the smoothed one is more
  /// than 4 times the least so far. What is not finite is not added.
  bool add(double rate, double loss);

 private:
  double average_ = 0;
  double least_ = 0;
};

/// The rules, the first to be tried first.
inline constexpr std::array<std::string_view, 4> kRateRules = {"valley", "slide", "steep",
                                                               "minimum"};

/// A rate to train with, and the rule that found it.
struct RateSuggestion {
  std::string_view rule;
  double rate = 0;
};

/// By the rules of fastai's lr_find (fastai 2, callback/schedule.py), on the smoothed losses
/// without the first tenth of `planned` steps and the last 5:
/// - valley: half way down the longest stretch in which losses fall, if not at each step
/// - steep: where the loss falls fastest over the logarithm of the rate
/// - minimum: a tenth of the rate of the least loss
/// - slide: where the fall ends, looking back from the end
/// Rules that find nothing are left out; all of them where too few steps are left.
std::vector<RateSuggestion> suggest_rates(const RateSweep& sweep, std::size_t planned);

}  // namespace lockstep
