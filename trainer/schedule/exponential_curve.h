#pragma once

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// Times `gamma` in each epoch, at every step a little (torch.optim's ExponentialLR, which does it
/// at once, where the epochs are whole).
struct ExponentialCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::exponential;
  double gamma = ScheduleOptions().gamma;

  double factor(const CurveState& /*state*/, double progress, CurveSpan /*span*/) const {
    return std::pow(gamma, progress);
  }
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> /*metrics*/) const {
    return state;
  }
  bool operator==(const ExponentialCurve&) const = default;
};

inline void to_json(nlohmann::json& json, const ExponentialCurve& curve) {
  json = {{"gamma", curve.gamma}};
}
inline void read_fields(const JsonFields<nlohmann::json>& fields, ExponentialCurve& curve) {
  curve.gamma = fields.number("gamma", {0, 1});
}

}  // namespace lockstep
