#pragma once

#include <span>
#include <string>
#include <string_view>

#include "trainer/task/task_spec.h"

namespace lockstep {

/// Predictions as a CSV table (RFC 4180), one row a sample. Its columns:
/// - classification: id, label, probability, error
/// - multi-label: id, labels (those of at least their threshold, | between), error
/// - regression: id, a column for each number, in its unit, error
/// and behind them, where `probabilities` are wanted, one for each class or label. Numbers have as
/// many digits as are needed to get the same float32 back.
class PredictionTable {
 public:
  /// Throws Error(usage) where probabilities are wanted of a regression.
  PredictionTable(TaskSpec spec, bool probabilities);

  /// Whether all numbers are finite; else a row says that they are not.
  static bool is_answer(std::span<const float> answers);

  std::string header() const;
  /// `answers` [K], those of Task::predict; nothing is said of them where there is an `error`.
  std::string row(std::string_view id, std::span<const float> answers,
                  std::string_view error) const;

 private:
  TaskSpec spec_;
  bool probabilities_;
};

}  // namespace lockstep
