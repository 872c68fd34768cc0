#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"
#include "trainer/schedule/schedule_options.h"

namespace lockstep {

/// Times `factor` when `metric` has not become better for more than `patience` epochs
/// (torch.optim's ReduceLROnPlateau, with its relative threshold). It remembers the best value, the
/// epochs without a better one, those of the cool-down that are left, and the factor so far.
struct PlateauCurve {
  static constexpr ScheduleKind kKind = ScheduleKind::plateau;
  /// Of an epoch, such as valid/loss; auto: the loss of the validation split, else of training.
  std::string metric = ScheduleOptions().metric;
  double drop = ScheduleOptions().factor;
  int patience = ScheduleOptions().patience;
  double threshold = ScheduleOptions().threshold;
  int cooldown = ScheduleOptions().cooldown;
  double min_factor = ScheduleOptions().min_factor;

  double factor(const CurveState& state, double progress, CurveSpan span) const;
  CurveState after_epoch(CurveState state, std::span<const EpochMetric> metrics) const;
  bool operator==(const PlateauCurve&) const = default;
};

void to_json(nlohmann::json& json, const PlateauCurve& curve);
void read_fields(const JsonFields<nlohmann::json>& fields, PlateauCurve& curve);

}  // namespace lockstep
