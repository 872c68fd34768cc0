#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/names.h"
#include "trainer/task/loss_spec.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// What is done about labels that few samples have.
enum class PositiveWeights {
  none,
  balanced,  ///< a label that applies counts as much more as it is rarer than its absence
};
inline constexpr EnumName<PositiveWeights> kPositiveWeightNames[] = {
    {PositiveWeights::none, "none"}, {PositiveWeights::balanced, "balanced"}};
constexpr std::span<const EnumName<PositiveWeights>> enum_names(PositiveWeights) {
  return kPositiveWeightNames;
}

/// The `task` section of a config.
struct TaskOptions {
  std::optional<TaskKind> name;  ///< std::nullopt: as the pack's labels say
  std::optional<LossKind> loss;  ///< std::nullopt: the task's usual one
  double label_smoothing = LossSpec().label_smoothing;
  double focal_gamma = LossSpec().focal_gamma;
  double huber_delta = LossSpec().huber_delta;
  PositiveWeights positive_weights = PositiveWeights::none;
  std::vector<float> threshold = {};  ///< one for all labels, or one for each; empty: 0.5
  std::optional<double> goal;         ///< a value of the main metric that one could hope for
};

}  // namespace lockstep
