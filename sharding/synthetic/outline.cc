#include "sharding/synthetic/outline.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"

namespace lockstep {
namespace {

/// std::hypot is the C library's, and may round otherwise in another one.
double length(Point p) { return std::sqrt(p.x * p.x + p.y * p.y); }

double disc(Point p, double radius) { return length(p) - radius; }

double box(Point p, double half_width, double half_height) {
  return std::max(std::abs(p.x) - half_width, std::abs(p.y) - half_height);
}

double triangle(Point p) {
  constexpr double kCos30 = 0.8660254037844386;
  constexpr double kInner = 0.5;
  return std::max(p.y, kCos30 * std::abs(p.x) - 0.5 * p.y) - kInner;
}

/// Inside of at least four of the five lines of a pentagram.
double star(Point p) {
  constexpr double kCos72 = 0.30901699437494745;
  constexpr double kSin72 = 0.9510565162951535;
  constexpr double kCos144 = -0.8090169943749475;
  constexpr double kSin144 = 0.5877852522924731;
  std::array sides{p.x, kCos72 * p.x + kSin72 * p.y, kCos72 * p.x - kSin72 * p.y,
                   kCos144 * p.x + kSin144 * p.y, kCos144 * p.x - kSin144 * p.y};
  std::ranges::sort(sides);
  return sides[3] - kCos72;
}

}  // namespace

double outline_distance(Shape shape, Point p) {
  switch (shape) {
    case Shape::disc:
      return disc(p, 0.85);
    case Shape::square:
      return box(p, 0.7, 0.7);
    case Shape::triangle:
      return triangle(p);
    case Shape::ring:
      return std::abs(disc(p, 0.7)) - 0.25;
    case Shape::cross:
      return std::min(box(p, 0.95, 0.27), box(p, 0.27, 0.95));
    case Shape::bar:
      return box(p, 0.97, 0.24);
    case Shape::star:
      return star(p);
    case Shape::half:
      return std::max(disc({p.x, p.y + 0.4}, 0.9), -0.4 - p.y);
    case Shape::pair:
      return disc({std::abs(p.x) - 0.58, p.y}, 0.4);
    case Shape::corner:
      return std::min(box({p.x + 0.42, p.y}, 0.25, 0.67), box({p.x, p.y - 0.42}, 0.67, 0.25));
  }
  fail(ExitCode::internal, "unknown shape");
}

}  // namespace lockstep
