#include "trainer/schedule/curve_state.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lockstep {

double half_cosine(double from, double to, double position) {
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * position));
}

const EpochMetric* find_metric(std::span<const EpochMetric> metrics, std::string_view name) {
  const auto find = [&](std::string_view wanted) {
    const auto found = std::ranges::find(metrics, wanted, &EpochMetric::name);
    return found == metrics.end() ? nullptr : &*found;
  };
  if (name != "auto") return find(name);
  const EpochMetric* of_validation = find("valid/loss");
  return of_validation != nullptr ? of_validation : find("train/loss");
}

}  // namespace lockstep
