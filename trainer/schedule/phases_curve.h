#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// One phase after the other, in epochs from the run's beginning; after the last the rate stays
/// (torch.optim's SequentialLR).
struct PhasesCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::phases;
  std::vector<SchedulePhase> phases;

  double factor(const CurveState& /*state*/, double progress, CurveSpan /*span*/) const {
    double begin = 0;
    for (const SchedulePhase& phase : phases) {
      if (progress < begin + phase.epochs) return phase.factor((progress - begin) / phase.epochs);
      begin += phase.epochs;
    }
    return phases.empty() ? 1 : phases.back().to;
  }
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> /*metrics*/) const {
    return state;
  }
  bool operator==(const PhasesCurve&) const = default;
};

inline void to_json(nlohmann::json& json, const PhasesCurve& curve) {
  json = {{"phases", to_texts(curve.phases)}};
}
inline void read_fields(const JsonFields<nlohmann::json>& fields, PhasesCurve& curve) {
  curve.phases = parse_phases(fields.texts("phases"), ExitCode::storage);
}

}  // namespace lockstep
