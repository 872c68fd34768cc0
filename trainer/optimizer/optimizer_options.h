#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "core/names.h"
#include "trainer/schedule/lr_scaling.h"

namespace lockstep {

enum class OptimizerKind { sgd, adam, adamw };
inline constexpr EnumName<OptimizerKind> kOptimizerNames[] = {
    {OptimizerKind::sgd, "sgd"}, {OptimizerKind::adam, "adam"}, {OptimizerKind::adamw, "adamw"}};
constexpr std::span<const EnumName<OptimizerKind>> enum_names(OptimizerKind) {
  return kOptimizerNames;
}

inline constexpr std::array<std::string_view, 2> kSgdOptions = {"momentum", "nesterov"};
inline constexpr std::array<std::string_view, 3> kAdamOptions = {"beta1", "beta2", "epsilon"};

/// The options that not every optimizer takes, by their keys in a config. Those of OptimizerOptions
/// that are not among them are for all.
constexpr std::span<const std::string_view> own_options(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::sgd:
      return kSgdOptions;
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return kAdamOptions;
  }
  return {};
}

/// The `optimizer` section of a config.
struct OptimizerOptions {
  OptimizerKind name = OptimizerKind::sgd;
  double lr = 0.1;        ///< the rate for lr_batch samples a step
  double lr_batch = 256;  ///< samples
  LrScaling lr_scaling = LrScaling::linear;
  double weight_decay = 0;

  // Of some optimizers: own_options says which.

  double momentum = 0.9;
  bool nesterov = false;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;

  BaseRate base_rate() const { return {lr, lr_batch, lr_scaling}; }
};

}  // namespace lockstep
