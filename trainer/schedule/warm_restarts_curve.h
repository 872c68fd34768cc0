#pragma once

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// Cycles of half a cosine from the target rate to 0, the first of `cycle_epochs` after the
/// warm-up, each `cycle_mult` times as long as the one before (Loshchilov & Hutter, "SGDR", 2017;
/// torch.optim's CosineAnnealingWarmRestarts).
struct WarmRestartsCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::warm_restarts;
  double cycle_epochs = ScheduleOptions().cycle_epochs;
  double cycle_mult = ScheduleOptions().cycle_mult;

  double factor(const CurveState& state, double progress, CurveSpan span) const;
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> /*metrics*/) const {
    return state;
  }
  bool operator==(const WarmRestartsCurve&) const = default;
};

void to_json(nlohmann::json& json, const WarmRestartsCurve& curve);
void read_fields(const JsonFields<nlohmann::json>& fields, WarmRestartsCurve& curve);

}  // namespace lockstep
