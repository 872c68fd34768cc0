#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "analysis/sample_weights.h"

namespace lockstep {

/// How far predicted numbers are from the true ones, in their unit.
struct ErrorFigures {
  double mean_absolute = 0;
  double root_mean_square = 0;
  /// The part of the variance that is explained; 1 or 0 where the truths do not vary, as
  /// scikit-learn's r2_score.
  double r2 = 0;
  double bias = 0;  ///< mean of prediction less truth
};

/// Over samples that count by `weights`; not numbers where none do.
ErrorFigures error_figures(std::span<const double> truths, std::span<const double> predictions,
                           SampleWeights weights);

/// The errors of samples whose truth is in [low, high); in the last range, in [low, high].
struct RangeErrors {
  double low = 0;
  double high = 0;
  std::size_t count = 0;
  ErrorFigures errors;
};

/// At most `ranges` ranges with about as many samples each. Samples of one truth are in one range,
/// so there are fewer where truths repeat.
std::vector<RangeErrors> errors_by_range(std::span<const double> truths,
                                         std::span<const double> predictions, std::size_t ranges);

}  // namespace lockstep
