#include "trainer/schedule/one_cycle_curve.h"

namespace lockstep {

double OneCycleCurve::factor(const CurveState& /*state*/, double progress, CurveSpan span) const {
  const double position = span.position(progress);
  const double low = 1 / div_factor;
  if (position < pct_start) return half_cosine(low, 1, position / pct_start);
  return half_cosine(1, low / final_div_factor, (position - pct_start) / (1 - pct_start));
}

std::optional<double> OneCycleCurve::momentum(double progress, CurveSpan span) const {
  if (!cycle_momentum) return std::nullopt;
  const double position = span.position(progress);
  if (position < pct_start) return half_cosine(max_momentum, base_momentum, position / pct_start);
  return half_cosine(base_momentum, max_momentum, (position - pct_start) / (1 - pct_start));
}

void to_json(nlohmann::json& json, const OneCycleCurve& curve) {
  json = {{"pct_start", curve.pct_start},
          {"div_factor", curve.div_factor},
          {"final_div_factor", curve.final_div_factor}};
  if (!curve.cycle_momentum) return;
  json["base_momentum"] = curve.base_momentum;
  json["max_momentum"] = curve.max_momentum;
}

void read_fields(const JsonFields<nlohmann::json>& fields, OneCycleCurve& curve) {
  curve.pct_start = fields.number("pct_start", {0, kMostRise});
  curve.div_factor = fields.number("div_factor", {1, kMostDivisor});
  curve.final_div_factor = fields.number("final_div_factor", {1, kMostDivisor});
  curve.cycle_momentum = fields.has("base_momentum");
  if (!curve.cycle_momentum) return;
  curve.base_momentum = fields.number("base_momentum", {0, 1});
  curve.max_momentum = fields.number("max_momentum", {0, 1});
}

}  // namespace lockstep
