#include "trainer/schedule/cosine_curve.h"

#include <cmath>
#include <numbers>

namespace lockstep {

double CosineCurve::factor(const CurveState& /*state*/, double progress, CurveSpan span) const {
  return 0.5 * (1 + std::cos(std::numbers::pi * span.position(progress)));
}

}  // namespace lockstep
