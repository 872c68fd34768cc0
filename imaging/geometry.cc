#include "imaging/geometry.h"

namespace lockstep {

Point Homography::operator()(Point p) const {
  const double x = m[0] * p.x + m[1] * p.y + m[2];
  const double y = m[3] * p.x + m[4] * p.y + m[5];
  if (is_affine()) return {x, y};
  const double w = m[6] * p.x + m[7] * p.y + m[8];
  return {x / w, y / w};
}

Homography operator*(const Homography& first, const Homography& second) {
  Homography product;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += first.m[3 * row + k] * second.m[3 * k + column];
      product.m[3 * row + column] = sum;
    }
  }
  return product;
}

Homography translation(double dx, double dy) { return {{1, 0, dx, 0, 1, dy, 0, 0, 1}}; }

Homography scaling(double sx, double sy) { return {{sx, 0, 0, 0, sy, 0, 0, 0, 1}}; }

}  // namespace lockstep
