#include "trainer/schedule/plateau_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lockstep {
namespace {

double remembered(const CurveState& state, const char* name, double at_first) {
  const auto found = state.find(name);
  return found == state.end() ? at_first : found->second;
}

/// By more than the threshold, which is a part of the best.
bool is_better(const EpochMetric& now, double best, double threshold) {
  return now.higher_is_better ? now.value > best * (1 + threshold)
                              : now.value < best * (1 - threshold);
}

}  // namespace

double PlateauCurve::factor(const CurveState& state, double /*progress*/,
                            CurveSpan /*span*/) const {
  return remembered(state, "factor", 1);
}

CurveState PlateauCurve::after_epoch(CurveState state, std::span<const EpochMetric> metrics) const {
  const EpochMetric* now = find_metric(metrics, metric);
  if (now == nullptr) return state;
  const bool is_best = std::isfinite(now->value) &&
                       (!state.contains("best") || is_better(*now, state["best"], threshold));
  if (is_best) state["best"] = now->value;
  state["waited"] = is_best ? 0 : state["waited"] + 1;
  if (state["cooldown"] > 0) {
    state["cooldown"] -= 1;
    state["waited"] = 0;
  }
  if (state["waited"] > patience) {
    state["factor"] = std::max(remembered(state, "factor", 1) * drop, min_factor);
    state["cooldown"] = cooldown;
    state["waited"] = 0;
  }
  return state;
}

void to_json(nlohmann::json& json, const PlateauCurve& curve) {
  json = {{"metric", curve.metric},     {"factor", curve.drop},
          {"patience", curve.patience}, {"threshold", curve.threshold},
          {"cooldown", curve.cooldown}, {"min_factor", curve.min_factor}};
}

void read_fields(const JsonFields<nlohmann::json>& fields, PlateauCurve& curve) {
  constexpr int kMost = std::numeric_limits<int>::max();
  curve.metric = fields.text("metric");
  curve.drop = fields.number("factor", {0, 1});
  curve.patience = fields.integer<int>("patience", 0, kMost);
  curve.threshold = fields.number("threshold", {0, 1});
  curve.cooldown = fields.integer<int>("cooldown", 0, kMost);
  curve.min_factor = fields.number("min_factor", {0, 1});
}

}  // namespace lockstep
