#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// Times `gamma` at each of `milestones`, in epochs from the run's beginning (torch.optim's
/// MultiStepLR).
struct MultiStepCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::multi_step;
  std::vector<float> milestones;  ///< ascending
  double gamma = ScheduleOptions().gamma;

  double factor(const CurveState& /*state*/, double progress, CurveSpan /*span*/) const {
    const auto passed = std::ranges::upper_bound(milestones, progress) - milestones.begin();
    return std::pow(gamma, static_cast<double>(passed));
  }
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> /*metrics*/) const {
    return state;
  }
  bool operator==(const MultiStepCurve&) const = default;
};

inline void to_json(nlohmann::json& json, const MultiStepCurve& curve) {
  json = {{"milestones", curve.milestones}, {"gamma", curve.gamma}};
}
inline void read_fields(const JsonFields<nlohmann::json>& fields, MultiStepCurve& curve) {
  const std::vector<double> milestones = fields.numbers("milestones", {0, kMostEpochs});
  curve.milestones.assign(milestones.begin(), milestones.end());
  curve.gamma = fields.number("gamma", {0, 1});
}

}  // namespace lockstep
