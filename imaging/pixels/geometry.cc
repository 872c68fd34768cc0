#include "imaging/pixels/geometry.h"

#include <cmath>
#include <numbers>

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

Homography inverse(const Homography& map) {
  const auto& m = map.m;
  // The adjugate, which is the inverse but for a factor.
  Homography result{
      {m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
       m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
       m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]}};
  const double last = result.m[8];
  for (double& number : result.m) number /= last;
  return result;
}

Homography translation(double dx, double dy) { return {{1, 0, dx, 0, 1, dy, 0, 0, 1}}; }

Homography scaling(double sx, double sy) { return {{sx, 0, 0, 0, sy, 0, 0, 0, 1}}; }

Homography rotation(double degrees) {
  const double angle = degrees * (std::numbers::pi / 180);
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  return {{cosine, -sine, 0, sine, cosine, 0, 0, 0, 1}};
}

Homography shear_x(double along_x) { return {{1, along_x, 0, 0, 1, 0, 0, 0, 1}}; }

Homography shear_y(double along_y) { return {{1, 0, 0, along_y, 1, 0, 0, 0, 1}}; }

Homography transposition() { return {{0, 1, 0, 1, 0, 0, 0, 0, 1}}; }

Homography unit_square_to(const std::array<Point, 4>& corners) {
  const auto [p0, p1, p2, p3] = corners;
  const double dx1 = p1.x - p2.x;
  const double dy1 = p1.y - p2.y;
  const double dx2 = p3.x - p2.x;
  const double dy2 = p3.y - p2.y;
  const double sx = p0.x - p1.x + p2.x - p3.x;
  const double sy = p0.y - p1.y + p2.y - p3.y;
  const double area = dx1 * dy2 - dx2 * dy1;
  const double g = (sx * dy2 - dx2 * sy) / area;
  const double h = (dx1 * sy - sx * dy1) / area;
  return {{p1.x - p0.x + g * p1.x, p3.x - p0.x + h * p3.x, p0.x, p1.y - p0.y + g * p1.y,
           p3.y - p0.y + h * p3.y, p0.y, g, h, 1}};
}

Homography about(Point centre, const Homography& map) {
  return translation(centre.x, centre.y) * map * translation(-centre.x, -centre.y);
}

}  // namespace lockstep
