#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/names.h"

namespace lockstep {

enum class LossKind {
  cross_entropy,
  bce,    ///< binary cross-entropy of each output by itself, the mean over outputs
  focal,  ///< cross-entropy, or that of each label, times (1 - p) ^ gamma
  mse,
  l1,
  huber,
};
inline constexpr EnumName<LossKind> kLossNames[] = {{LossKind::cross_entropy, "cross_entropy"},
                                                    {LossKind::bce, "bce"},
                                                    {LossKind::focal, "focal"},
                                                    {LossKind::mse, "mse"},
                                                    {LossKind::l1, "l1"},
                                                    {LossKind::huber, "huber"}};
constexpr std::span<const EnumName<LossKind>> enum_names(LossKind) { return kLossNames; }

inline constexpr double kMostDelta = 1e6;  ///< of Huber's loss

/// What a task's loss is, as far as it can be chosen.
struct LossSpec {
  std::optional<LossKind> kind = {};  ///< std::nullopt: the first of losses_of(task)
  double label_smoothing = 0;         ///< of cross-entropy and bce: the share of all outputs alike
  double focal_gamma = 2;
  double huber_delta = 1;  ///< in standard deviations of the targets
  /// Of bce over labels: how much more a label that applies counts than one that does not, by
  /// output. Empty: the same.
  std::vector<double> positive_weights = {};

  bool operator==(const LossSpec&) const = default;
};

}  // namespace lockstep
