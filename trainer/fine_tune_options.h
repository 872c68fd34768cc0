#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/names.h"

namespace lockstep {

/// How the parts of a network that are not trained run in training.
enum class FrozenMode {
  evaluation,  ///< as in evaluation: BatchNorm by its running statistics, which stay; no dropout
  training,    ///< as if they were trained: BatchNorm by its batch, and its statistics go on
};
inline constexpr EnumName<FrozenMode> kFrozenModeNames[] = {{FrozenMode::evaluation, "evaluation"},
                                                            {FrozenMode::training, "training"}};
constexpr std::span<const EnumName<FrozenMode>> enum_names(FrozenMode) { return kFrozenModeNames; }

/// The `fine_tune` section of a config: which parameters are trained, and from when on.
struct FineTuneOptions {
  /// Stages by name, or patterns of parameters' names such as "layer1.*", that are never trained.
  std::vector<std::string> freeze = {};
  bool head_only = false;          ///< the head alone is trained, to the end
  int head_epochs = 0;             ///< at first the head alone is trained, for this long
  std::vector<int> unfreeze = {};  ///< epochs, ascending, from each of which one more stage is
                                   ///< trained: at first the head alone
  double rate_factor = 1;          ///< of the rate whenever more is trained
  FrozenMode frozen_mode = FrozenMode::evaluation;

  bool operator==(const FineTuneOptions&) const = default;
  bool is_on() const {
    return !freeze.empty() || head_only || head_epochs > 0 || !unfreeze.empty();
  }
};

}  // namespace lockstep
