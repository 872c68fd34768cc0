#include "sharding/survey/distribution.h"

#include <algorithm>
#include <cmath>

namespace lockstep {
namespace {

double quantile(std::span<const float> sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double low = sorted[below];
  return low + (place - static_cast<double>(below)) * (sorted[above] - low);
}

}  // namespace

Distribution distribution_of(std::span<float> values, std::size_t histogram_parts) {
  const auto not_finite = std::ranges::partition(values, [](float v) { return std::isfinite(v); });
  values = values.first(values.size() - not_finite.size());
  Distribution result;
  result.histogram.resize(histogram_parts);
  if (values.empty()) return result;
  std::ranges::sort(values);
  result.count = values.size();
  result.min = values.front();
  result.lower_quartile = quantile(values, 0.25);
  result.median = quantile(values, 0.5);
  result.upper_quartile = quantile(values, 0.75);
  result.max = values.back();
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const float value : values) sum += value;
  result.mean = sum / count;
  double squares = 0;
  for (const float value : values) squares += (value - result.mean) * (value - result.mean);
  result.std = std::sqrt(squares / count);
  const double range = result.max - result.min;
  for (const float value : values) {
    if (histogram_parts == 0) break;
    const double place = range > 0 ? (value - result.min) / range : 0;
    const auto part = static_cast<std::size_t>(place * static_cast<double>(histogram_parts));
    ++result.histogram[std::min(part, histogram_parts - 1)];
  }
  return result;
}

}  // namespace lockstep
