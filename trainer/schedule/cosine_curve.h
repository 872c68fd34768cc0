#pragma once

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// Half a cosine from the target rate to 0 (Loshchilov & Hutter, "SGDR", 2017, without restarts).
struct CosineCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::cosine;

  double factor(const CurveState& state, double progress, CurveSpan span) const;
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> /*metrics*/) const {
    return state;
  }
  bool operator==(const CosineCurve&) const = default;
};

inline void to_json(nlohmann::json& json, const CosineCurve&) { json = nlohmann::json::object(); }
inline void read_fields(const JsonFields<nlohmann::json>&, CosineCurve&) {}

}  // namespace lockstep
