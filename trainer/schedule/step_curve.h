#pragma once

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// Times `gamma` after every `step_epochs`, counted from the run's beginning (torch.optim's StepLR,
/// where the epochs are whole).
struct StepCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::step;
  double step_epochs = ScheduleOptions().step_epochs;
  double gamma = ScheduleOptions().gamma;

  double factor(const CurveState& /*state*/, double progress, CurveSpan /*span*/) const {
    return std::pow(gamma, std::floor(progress / step_epochs));
  }
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> /*metrics*/) const {
    return state;
  }
  bool operator==(const StepCurve&) const = default;
};

inline void to_json(nlohmann::json& json, const StepCurve& curve) {
  json = {{"step_epochs", curve.step_epochs}, {"gamma", curve.gamma}};
}
inline void read_fields(const JsonFields<nlohmann::json>& fields, StepCurve& curve) {
  curve.step_epochs = fields.number("step_epochs", {kLeastEpochs, kMostEpochs});
  curve.gamma = fields.number("gamma", {0, 1});
}

}  // namespace lockstep
