#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// One rise and one fall, each half a cosine (Smith & Topin, "Super-convergence", 2018;
/// torch.optim's OneCycleLR): from 1 / div_factor to 1 in the first `pct_start` of the run, then to
/// 1 / (div_factor final_div_factor). The momentum goes the other way, where it is cycled.
struct OneCycleCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::one_cycle;
  double pct_start = ScheduleOptions().pct_start;
  double div_factor = ScheduleOptions().div_factor;
  double final_div_factor = ScheduleOptions().final_div_factor;

  bool cycle_momentum = ScheduleOptions().cycle_momentum;
  double base_momentum = ScheduleOptions().base_momentum;
  double max_momentum = ScheduleOptions().max_momentum;

  double factor(const CurveState& state, double progress, CurveSpan span) const;
  std::optional<double> momentum(double progress, CurveSpan span) const;
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> /*metrics*/) const {
    return state;
  }
  bool operator==(const OneCycleCurve&) const = default;
};

void to_json(nlohmann::json& json, const OneCycleCurve& curve);
void read_fields(const JsonFields<nlohmann::json>& fields, OneCycleCurve& curve);

}  // namespace lockstep
