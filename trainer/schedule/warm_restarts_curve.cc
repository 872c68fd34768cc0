#include "trainer/schedule/warm_restarts_curve.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lockstep {

double WarmRestartsCurve::factor(const CurveState& /*state*/, double progress,
                                 CurveSpan span) const {
  double begin = 0, length = cycle_epochs;
  const double at = std::max(progress - span.begin, 0.0);
  if (cycle_mult == 1) {
    begin = std::floor(at / length) * length;
  } else {
    while (at >= begin + length) {
      begin += length;
      length *= cycle_mult;
    }
  }
  return 0.5 * (1 + std::cos(std::numbers::pi * (at - begin) / length));
}

void to_json(nlohmann::json& json, const WarmRestartsCurve& curve) {
  json = {{"cycle_epochs", curve.cycle_epochs}, {"cycle_mult", curve.cycle_mult}};
}

void read_fields(const JsonFields<nlohmann::json>& fields, WarmRestartsCurve& curve) {
  curve.cycle_epochs = fields.number("cycle_epochs", {kLeastEpochs, kMostEpochs});
  curve.cycle_mult = fields.number("cycle_mult", {1, kMostCycleMult});
}

}  // namespace lockstep
