#pragma once

#include <array>

namespace lockstep {

struct Point {
  double x = 0;
  double y = 0;
};

/// Whole pixels of an image.
struct PixelBox {
  int y = 0;
  int x = 0;
  int height = 0;
  int width = 0;

  bool operator==(const PixelBox&) const = default;
};

/// A projective map of the plane, row-major, on (x, y, 1): x to the right, y down, in units of
/// pixels. Pixel i covers [i, i + 1), so its centre is i + 1/2 and an image of width w is [0, w).
struct Homography {
  std::array<double, 9> m = {1, 0, 0, 0, 1, 0, 0, 0, 1};

  /// Where (x, y) goes.
  Point operator()(Point p) const;
  /// True where straight lines stay parallel: the last row is (0, 0, 1).
  bool is_affine() const { return m[6] == 0 && m[7] == 0 && m[8] == 1; }
  bool operator==(const Homography&) const = default;
};

/// First `second`, then `first`: (first * second)(p) == first(second(p)).
Homography operator*(const Homography& first, const Homography& second);

/// The map that undoes `map`, scaled so that its last number is 1. `map` must have an inverse whose
/// last number is not 0.
Homography inverse(const Homography& map);

Homography translation(double dx, double dy);
Homography scaling(double sx, double sy);
/// By `degrees` from the x axis to the y axis: on a screen, clockwise.
Homography rotation(double degrees);
/// (x + along_x * y, y), and (x, y + along_y * x).
Homography shear_x(double along_x);
Homography shear_y(double along_y);
/// (x, y) to (y, x).
Homography transposition();

/// From the square [0, 1] x [0, 1] to a quadrilateral: (0, 0), (1, 0), (1, 1) and (0, 1) go to its
/// corners in this order (Heckbert, "Fundamentals of texture mapping and image warping", 1989,
/// 2.2.3). The corners must be those of a convex quadrilateral.
Homography unit_square_to(const std::array<Point, 4>& corners);

/// `map` with `centre` where it takes the origin.
Homography about(Point centre, const Homography& map);

}  // namespace lockstep
