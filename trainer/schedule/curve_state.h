#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// What a curve remembers from one epoch to the next, as named numbers; empty for a curve that is a
/// function of progress alone. Part of the training state, so a restart has it.
using CurveState = std::map<std::string, double>;

/// Where a curve begins and ends, in epochs: the first warm-up's end and the run's end.
struct CurveSpan {
  double begin = 0;
  double end = 0;

  /// How much of it lies behind `progress`, in [0, 1]; 0 where the warm-up takes the whole run.
  double position(double progress) const {
    return end <= begin ? 0 : std::clamp((progress - begin) / (end - begin), 0.0, 1.0);
  }
};

/// Half a cosine from `from` to `to`, at `position` in [0, 1].
double half_cosine(double from, double to, double position);

/// A metric of the epoch that has just ended, such as {"valid/loss", 0.31, false}.
struct EpochMetric {
  std::string name;
  double value = 0;
  bool higher_is_better = true;
};

/// The one called `name`; "auto": the loss of the validation split, else of training. nullptr where
/// there is none.
const EpochMetric* find_metric(std::span<const EpochMetric> metrics, std::string_view name);

}  // namespace lockstep
