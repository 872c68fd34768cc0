#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trainer/task/metric.h"

namespace lockstep {

/// How a run has ended, by its main metric.
struct Outcome {
  Metric metric;
  std::optional<double> goal;       ///< what one could hope for, as the user says
  double train = 0;                 ///< on the training split
  bool train_is_evaluated = false;  ///< false: while it was trained, with augmentation
  std::optional<double> valid;
  std::optional<double> test;
};

/// What is best tried first: the largest of the distances from the goal to training (underfitting),
/// from there to validation (overfitting), and on to the test split (which is then of another
/// kind). No lines where no two values are known. Andrew Ng, "Machine Learning Yearning", 2018,
/// chapters 20 to 43.
std::vector<std::string> verdict_lines(const Outcome& outcome);

/// A table of the values, and the verdict. Lines, without the last's newline.
std::string diagnosis_text(const Outcome& outcome);

}  // namespace lockstep
