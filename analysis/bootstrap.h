#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "analysis/sample_weights.h"

namespace lockstep {

struct BootstrapOptions {
  int resamples = 1000;  ///< 0: no intervals
  std::uint64_t seed = 0;
  double level = 0.95;  ///< the part of the resamples that an interval holds
};

/// Where a figure lies; not a number where it is undefined.
struct Interval {
  double low = 0;
  double high = 0;
};

/// The figures of samples, each counted by its weight; not a number where one is undefined.
using FiguresOf = std::function<void(SampleWeights weights, std::span<double> figures)>;

/// Percentile intervals (Efron, 1979) of `figures` figures over `samples` samples, drawn with
/// replacement: the figures of the same resamples, so that they can be compared. Resamples in which
/// a figure is undefined are left out of its interval. A pure function of its arguments.
std::vector<Interval> bootstrap(std::size_t samples, std::size_t figures,
                                const BootstrapOptions& options, const FiguresOf& figures_of);

/// The value below which the part `part` of `sorted` lies, between two neighbours in proportion, as
/// numpy's quantile; not a number where there are none.
double quantile(std::span<const double> sorted, double part);

}  // namespace lockstep
