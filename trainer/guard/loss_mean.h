#pragma once

#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"

namespace lockstep {

/// The mean of the losses of the steps so far, the last about 50 of them above all: what a spike is
/// measured by. Part of the training state.
struct LossMean {
  double average = 0;      ///< that begins at 0
  std::int64_t steps = 0;  ///< that it has taken in

  void add(double loss);
  /// Its begin corrected. std::nullopt after fewer than 10 steps, which say too little.
  std::optional<double> value() const;
  bool operator==(const LossMean&) const = default;
};

void to_json(nlohmann::json& json, const LossMean& mean);
/// Of a run of `steps`. Throws Error(storage) where a field is missing or wrong.
LossMean read_loss_mean(const JsonFields<nlohmann::json>& fields, std::int64_t steps);

}  // namespace lockstep
