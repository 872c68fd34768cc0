#include "trainer/schedule/cosine_curve.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lockstep {

double CosineCurve::factor(const CurveState& /*state*/, double progress, CurveSpan span) const {
  const double length = span.end - span.begin;
  if (length <= 0) return 1;  // the warm-up takes the whole run
  const double position = std::clamp((progress - span.begin) / length, 0.0, 1.0);
  return 0.5 * (1 + std::cos(std::numbers::pi * position));
}

}  // namespace lockstep
