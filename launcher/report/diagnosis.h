#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trainer/task/metric.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// What the end of a curve does.
enum class Trend { unknown, falling, level, rising };

/// Of the last third of these values, at least four: by a line through them whose slope is more
/// than twice its standard error and worth 2 % of their mean. Also rising: all of them a tenth
/// above the least value before them, and not falling. Unknown of fewer, and where one of them is
/// not finite.
Trend trend_of(std::span<const double> values);

/// How a run has ended, by its main metric.
struct Outcome {
  Metric metric;
  std::optional<double> goal;       ///< what one could hope for, as the user says
  double train = 0;                 ///< on the training split
  bool train_is_evaluated = false;  ///< false: while it was trained, with augmentation
  std::optional<double> valid;
  std::optional<double> test;
  std::optional<double> chance = {};  ///< of a network that knows nothing
  double valid_uncertainty = 0;       ///< half of its interval of 95 %; 0: not known
  double test_uncertainty = 0;
  Trend train_loss = Trend::unknown;
  Trend valid_loss = Trend::unknown;
};

/// The accuracy that guessing reaches in `task`: 1 / classes. std::nullopt for other tasks.
std::optional<double> chance_of(const TaskSpec& task);

/// What is best tried first: the largest of the distances from the goal to training (underfitting),
/// from there to validation (overfitting), and on to the test split (which is then of another
/// kind). A distance within the uncertainty of its values is none. Before it what the curves of the
/// losses say. Of what has not learned anything this alone. No lines where neither says anything.
/// Andrew Ng, "Machine Learning Yearning", 2018, chapters 20 to 43.
std::vector<std::string> verdict_lines(const Outcome& outcome);

/// A table of the values, and the verdict. Lines, without the last's newline.
std::string diagnosis_text(const Outcome& outcome);

}  // namespace lockstep
