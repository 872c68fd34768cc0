#include "analysis/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/random.h"

namespace lockstep {
namespace {

/// How often each sample is drawn in a resample.
void draw(const BootstrapOptions& options, std::uint64_t resample, std::span<std::uint32_t> times) {
  std::ranges::fill(times, 0u);
  RandomSequence random(options.seed, RandomPurpose::bootstrap, resample, 0);
  const auto samples = static_cast<std::uint32_t>(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) ++times[random.below(samples)];
}

}  // namespace

double quantile(std::span<const double> sorted, double part) {
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

std::vector<Interval> bootstrap(std::size_t samples, std::size_t figures,
                                const BootstrapOptions& options, const FiguresOf& figures_of) {
  const auto resamples = static_cast<std::size_t>(options.resamples);
  std::vector<std::uint32_t> times(samples);
  std::vector<double> row(figures);
  std::vector<std::vector<double>> values(figures);
  for (std::size_t resample = 0; resample < resamples; ++resample) {
    draw(options, resample, times);
    figures_of(SampleWeights(times), row);
    for (std::size_t i = 0; i < figures; ++i) {
      if (!std::isnan(row[i])) values[i].push_back(row[i]);
    }
  }
  std::vector<Interval> intervals;
  const double tail = (1 - options.level) / 2;
  for (std::vector<double>& one : values) {
    std::ranges::sort(one);
    intervals.push_back({quantile(one, tail), quantile(one, 1 - tail)});
  }
  return intervals;
}

}  // namespace lockstep
