#pragma once

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// The target rate to the end.
struct ConstantCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::constant;

  double factor(const CurveState& /*state*/, double /*progress*/, CurveSpan /*span*/) const {
    return 1;
  }
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> /*metrics*/) const {
    return state;
  }
  bool operator==(const ConstantCurve&) const = default;
};

inline void to_json(nlohmann::json& json, const ConstantCurve&) { json = nlohmann::json::object(); }
inline void read_fields(const JsonFields<nlohmann::json>&, ConstantCurve&) {}

}  // namespace lockstep
