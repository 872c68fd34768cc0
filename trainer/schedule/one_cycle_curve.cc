#include "trainer/schedule/one_cycle_curve.h"

#include <cmath>
#include <numbers>

namespace lockstep {
namespace {

/// Half a cosine from `from` to `to`, at `position` in [0, 1].
double anneal(double from, double to, double position) {
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * position));
}

}  // namespace

double OneCycleCurve::factor(const CurveState& /*state*/, double progress, CurveSpan span) const {
  const double position = span.position(progress);
  const double low = 1 / div_factor;
  if (position < pct_start) return anneal(low, 1, position / pct_start);
  return anneal(1, low / final_div_factor, (position - pct_start) / (1 - pct_start));
}

void to_json(nlohmann::json& json, const OneCycleCurve& curve) {
  json = {{"pct_start", curve.pct_start},
          {"div_factor", curve.div_factor},
          {"final_div_factor", curve.final_div_factor}};
}

void read_fields(const JsonFields<nlohmann::json>& fields, OneCycleCurve& curve) {
  curve.pct_start = fields.number("pct_start", {0, kMostRise});
  curve.div_factor = fields.number("div_factor", {1, kMostDivisor});
  curve.final_div_factor = fields.number("final_div_factor", {1, kMostDivisor});
}

}  // namespace lockstep
