#pragma once

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// (1 - position)^power to 0 at the run's end (torch.optim's PolynomialLR).
struct PolynomialCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::polynomial;
  double power = ScheduleOptions().power;

  double factor(const CurveState& /*state*/, double progress, CurveSpan span) const {
    return std::pow(1 - span.position(progress), power);
  }
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> /*metrics*/) const {
    return state;
  }
  bool operator==(const PolynomialCurve&) const = default;
};

inline void to_json(nlohmann::json& json, const PolynomialCurve& curve) {
  json = {{"power", curve.power}};
}
inline void read_fields(const JsonFields<nlohmann::json>& fields, PolynomialCurve& curve) {
  curve.power = fields.number("power", {0, kMostPower});
}

}  // namespace lockstep
