#pragma once

#include <span>

#include "core/names.h"

namespace lockstep {

/// How the rate follows the global batch.
enum class LrScaling {
  linear,  ///< lr x global batch / lr_batch (Goyal et al. 2017)
  sqrt,    ///< lr x sqrt(global batch / lr_batch)
  none,
};
inline constexpr EnumName<LrScaling> kLrScalingNames[] = {
    {LrScaling::linear, "linear"}, {LrScaling::sqrt, "sqrt"}, {LrScaling::none, "none"}};
constexpr std::span<const EnumName<LrScaling>> enum_names(LrScaling) { return kLrScalingNames; }

/// The rate for `lr_batch` samples a step, and how other batches are given theirs.
struct BaseRate {
  double lr = 0;
  double lr_batch = 256;  ///< samples
  LrScaling scaling = LrScaling::linear;

  /// The rate of a step of `batch` samples.
  double for_batch(double batch) const;
};

}  // namespace lockstep
