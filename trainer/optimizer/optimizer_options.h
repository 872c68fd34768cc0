#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "core/names.h"
#include "trainer/schedule/lr_scaling.h"

namespace lockstep {

enum class OptimizerKind { sgd, adam, adamw, rmsprop, rmsprop_tf, lars, lamb, lion };
inline constexpr EnumName<OptimizerKind> kOptimizerNames[] = {
    {OptimizerKind::sgd, "sgd"},
    {OptimizerKind::adam, "adam"},
    {OptimizerKind::adamw, "adamw"},
    {OptimizerKind::rmsprop, "rmsprop"},
    {OptimizerKind::rmsprop_tf, "rmsprop_tf"},
    {OptimizerKind::lars, "lars"},
    {OptimizerKind::lamb, "lamb"},
    {OptimizerKind::lion, "lion"}};
constexpr std::span<const EnumName<OptimizerKind>> enum_names(OptimizerKind) {
  return kOptimizerNames;
}

inline constexpr std::array<std::string_view, 2> kSgdOptions = {"momentum", "nesterov"};
inline constexpr std::array<std::string_view, 3> kAdamOptions = {"beta1", "beta2", "epsilon"};
inline constexpr std::array<std::string_view, 3> kRmsPropOptions = {"momentum", "alpha", "epsilon"};
inline constexpr std::array<std::string_view, 4> kLarsOptions = {"momentum", "nesterov", "trust",
                                                                 "epsilon"};
inline constexpr std::array<std::string_view, 2> kLionOptions = {"beta1", "beta2"};

inline constexpr std::array<std::string_view, 1> kMomentum = {"momentum"};
inline constexpr std::array<std::string_view, 2> kMoments = {"exp_avg", "exp_avg_sq"};
inline constexpr std::array<std::string_view, 2> kSquareAndMomentum = {"square_avg", "momentum"};
inline constexpr std::array<std::string_view, 1> kMean = {"exp_avg"};

/// The options that not every optimizer takes, by their keys in a config. Those of OptimizerOptions
/// that are not among them are for all.
constexpr std::span<const std::string_view> own_options(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::sgd:
      return kSgdOptions;
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
    case OptimizerKind::lamb:
      return kAdamOptions;
    case OptimizerKind::rmsprop:
    case OptimizerKind::rmsprop_tf:
      return kRmsPropOptions;
    case OptimizerKind::lars:
      return kLarsOptions;
    case OptimizerKind::lion:
      return kLionOptions;
  }
  return {};
}

/// The names of what an optimizer keeps of each parameter: Optimizer::state().
constexpr std::span<const std::string_view> state_names(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::sgd:
    case OptimizerKind::lars:
      return kMomentum;
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
    case OptimizerKind::lamb:
      return kMoments;
    case OptimizerKind::rmsprop:
    case OptimizerKind::rmsprop_tf:
      return kSquareAndMomentum;
    case OptimizerKind::lion:
      return kMean;
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
  bool decay_norm_and_bias = true;  ///< whether parameters of one dimension are decayed too
  double clip_norm = 0;             ///< the largest norm of the whole gradient; 0: any
  double clip_value = 0;            ///< the largest magnitude of each of its numbers; 0: any
  double lr_layer_decay = 1;        ///< the rate of a stage to that of the next; the head has all
  double lr_first_stage = 1;        ///< the rate of the first stage; those between: geometrically

  // Of some optimizers: own_options says which.

  double momentum = 0.9;
  bool nesterov = false;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double alpha = 0.99;   ///< what RMSprop keeps of its mean of squares at each step
  double trust = 0.001;  ///< LARS's coefficient

  BaseRate base_rate() const { return {lr, lr_batch, lr_scaling}; }
};

}  // namespace lockstep
