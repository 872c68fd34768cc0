#include "analysis/errors.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "analysis/bootstrap.h"

namespace lockstep {

ErrorFigures error_figures(std::span<const double> truths, std::span<const double> predictions,
                           SampleWeights weights) {
  assert(truths.size() == predictions.size());
  double count = 0, mean = 0;
  for (std::size_t i = 0; i < truths.size(); ++i) {
    count += weights[i];
    mean += weights[i] * truths[i];
  }
  mean /= count;
  double absolute = 0, squared = 0, difference = 0, spread = 0;
  for (std::size_t i = 0; i < truths.size(); ++i) {
    const double weight = weights[i], error = predictions[i] - truths[i];
    absolute += weight * std::abs(error);
    squared += weight * error * error;
    difference += weight * error;
    spread += weight * (truths[i] - mean) * (truths[i] - mean);
  }
  const double explained = spread > 0 ? 1 - squared / spread : (squared > 0 ? 0 : 1);
  return {.mean_absolute = absolute / count,
          .root_mean_square = std::sqrt(squared / count),
          .r2 = count > 0 ? explained : mean,
          .bias = difference / count};
}

std::vector<RangeErrors> errors_by_range(std::span<const double> truths,
                                         std::span<const double> predictions, std::size_t ranges) {
  if (truths.empty()) return {};
  std::vector<double> sorted(truths.begin(), truths.end());
  std::ranges::sort(sorted);
  std::vector<double> ends;
  for (std::size_t i = 0; i <= ranges; ++i) {
    const double end = quantile(sorted, static_cast<double>(i) / static_cast<double>(ranges));
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  if (ends.size() == 1) ends.push_back(ends[0]);
  std::vector<std::vector<double>> true_parts(ends.size() - 1), predicted_parts(ends.size() - 1);
  for (std::size_t i = 0; i < truths.size(); ++i) {
    const auto above = std::ranges::upper_bound(ends, truths[i]) - ends.begin();
    const std::size_t range = std::min(static_cast<std::size_t>(above), true_parts.size()) - 1;
    true_parts[range].push_back(truths[i]);
    predicted_parts[range].push_back(predictions[i]);
  }
  std::vector<RangeErrors> result;
  for (std::size_t range = 0; range < true_parts.size(); ++range) {
    if (true_parts[range].empty()) continue;
    result.push_back({ends[range], ends[range + 1], true_parts[range].size(),
                      error_figures(true_parts[range], predicted_parts[range], {})});
  }
  return result;
}

}  // namespace lockstep
