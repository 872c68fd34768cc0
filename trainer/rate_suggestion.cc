#include "trainer/rate_suggestion.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lockstep {
namespace {

constexpr double kDecay = 0.98, kDiverged = 4;
constexpr std::size_t kLastLeftOut = 5, kLeast = 5;

using Values = std::span<const double>;

/// The longest subsequence of falling losses, by dynamic programming.
struct Stretch {
  std::size_t end = 0;     ///< the place of its last loss
  std::size_t length = 0;  ///< losses in it
};
Stretch longest_fall(Values losses) {
  std::vector<std::size_t> length(losses.size(), 1);
  Stretch longest;
  for (std::size_t i = 1; i < losses.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (losses[i] < losses[j]) length[i] = std::max(length[i], length[j] + 1);
    }
    if (length[i] > std::max<std::size_t>(longest.length, 1)) longest = {i, length[i]};
  }
  return longest;
}

std::optional<double> valley(Values rates, Values losses) {
  const auto [end, length] = longest_fall(losses);
  if (length < 3) return std::nullopt;
  const std::size_t third = length / 3;
  return rates[end - length + third + third / 2];
}

double steep(Values rates, Values losses) {
  std::size_t best = 0;
  double least = 0;
  for (std::size_t i = 0; i + 1 < losses.size(); ++i) {
    const double slope =
        (losses[i + 1] - losses[i]) / (std::log(rates[i + 1]) - std::log(rates[i]));
    if (i == 0 || slope < least) {
      least = slope;
      best = i;
    }
  }
  return rates[best];
}

double minimum(Values rates, Values losses) {
  return rates[static_cast<std::size_t>(std::ranges::min_element(losses) - losses.begin())] / 10;
}

/// Central differences, one-sided at the ends: numpy.gradient.
std::vector<double> gradient(Values values) {
  std::vector<double> result(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t before = i == 0 ? 0 : i - 1, after = std::min(i + 1, values.size() - 1);
    result[i] = (values[after] - values[before]) / static_cast<double>(after - before);
  }
  return result;
}

std::optional<double> slide(Values rates, Values losses) {
  constexpr std::size_t kInterval = 15;
  constexpr double kThreshold = 0.005;
  const std::vector<double> slopes = gradient(losses);
  std::optional<double> found;
  for (std::size_t right = losses.size() - 1; right >= kInterval; --right) {
    const std::size_t left = right - kInterval;
    if (std::abs(slopes[right] - slopes[left]) <= kThreshold) break;
    found = rates[left];
  }
  return found;
}

}  // namespace

bool RateSweep::add(double rate, double loss) {
  if (!std::isfinite(loss)) return false;
  average_ = kDecay * average_ + (1 - kDecay) * loss;
  const auto steps = static_cast<double>(rates.size() + 1);
  const double smooth = average_ / (1 - std::pow(kDecay, steps));
  rates.push_back(rate);
  losses.push_back(loss);
  smoothed.push_back(smooth);
  if (smoothed.size() == 1 || smooth < least_) least_ = smooth;
  return smooth <= kDiverged * least_;
}

std::vector<RateSuggestion> suggest_rates(const RateSweep& sweep, std::size_t planned) {
  const std::size_t first = planned / 10;
  if (sweep.rates.size() < first + kLastLeftOut + kLeast) return {};
  const std::size_t count = sweep.rates.size() - first - kLastLeftOut;
  const Values rates = Values(sweep.rates).subspan(first, count);
  const Values losses = Values(sweep.smoothed).subspan(first, count);
  std::vector<RateSuggestion> suggestions;
  const auto add = [&](std::string_view rule, std::optional<double> rate) {
    if (rate) suggestions.push_back({rule, *rate});
  };
  add(kRateRules[0], valley(rates, losses));
  add(kRateRules[1], slide(rates, losses));
  add(kRateRules[2], steep(rates, losses));
  add(kRateRules[3], minimum(rates, losses));
  return suggestions;
}

}  // namespace lockstep
