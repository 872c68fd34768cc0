#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/sample_weights.h"

namespace lockstep {

/// How often samples of each class are taken for each class.
struct Confusion {
  std::size_t classes = 0;
  std::vector<std::int64_t> counts;  ///< [truth, prediction]

  std::int64_t of(std::size_t truth, std::size_t prediction) const {
    return counts[truth * classes + prediction];
  }
};

/// `truths` and `predictions` are class numbers below `classes`.
Confusion confusion_of(std::span<const std::int64_t> truths,
                       std::span<const std::int64_t> predictions, std::size_t classes);

/// Samples of one class that are taken for another.
struct ConfusedPair {
  std::size_t truth = 0;
  std::size_t prediction = 0;
  std::int64_t count = 0;
};

/// The pairs with the largest counts, the largest first, at most `most` of them; of equal counts in
/// the order of the classes.
std::vector<ConfusedPair> most_confused(const Confusion& confusion, std::size_t most);

/// At most `most` classes, in their order: those of the most confused pairs, then the first others.
std::vector<std::size_t> most_confused_classes(const Confusion& confusion, std::size_t most);

/// How a class, or a label, is found.
struct Found {
  double right = 0;      ///< samples that have it and are said to
  double predicted = 0;  ///< that are said to have it
  double support = 0;    ///< that have it

  /// Not a number where nothing is predicted; nothing has it; or neither: as scikit-learn's
  /// precision_recall_fscore_support with zero_division=nan.
  double precision() const;
  double recall() const;
  double f1() const;
};

/// Of each class, over samples that count by `weights`.
std::vector<Found> found_classes(std::span<const std::int64_t> truths,
                                 std::span<const std::int64_t> predictions, std::size_t classes,
                                 SampleWeights weights);

/// The mean of those values that are numbers; not a number where there are none.
double mean_of_defined(std::span<const double> values);

}  // namespace lockstep
