#include "imaging/render/map_reach.h"

#include <algorithm>
#include <cmath>

namespace lockstep {
namespace {

/// Coordinates beyond this count as infinite; it still fits into an int.
constexpr double kFar = 1e8;

/// The derivatives of a map at a point, which is at `depth` (its third coordinate before division).
struct Jacobian {
  double xx, xy, yx, yy;

  Jacobian(const Homography& map, Point at, double depth) {
    const auto& m = map.m;
    const Point p = map(at);
    xx = (m[0] - m[6] * p.x) / depth;
    xy = (m[1] - m[7] * p.x) / depth;
    yx = (m[3] - m[6] * p.y) / depth;
    yy = (m[4] - m[7] * p.y) / depth;
  }

  /// The smaller singular value.
  double least() const {
    return std::abs(std::hypot(xx + yy, yx - xy) - std::hypot(xx - yy, yx + xy)) / 2;
  }
};

}  // namespace

MapReach reach_of(const Homography& output_to_source, int height, int width) {
  const auto& m = output_to_source.m;
  const double w = width;
  const double h = height;
  MapReach reach{{kFar, -kFar}, {kFar, -kFar}, 0, 0, kFar};
  const Point centre{w / 2, h / 2};
  const Jacobian at_centre(output_to_source, centre, m[6] * centre.x + m[7] * centre.y + m[8]);
  reach.along_rows = std::hypot(at_centre.xx, at_centre.yx);
  reach.along_columns = std::hypot(at_centre.xy, at_centre.yy);
  for (const Point corner : {Point{0, 0}, {w, 0}, {0, h}, {w, h}}) {
    const double depth = m[6] * corner.x + m[7] * corner.y + m[8];
    if (!(depth > 0)) return {{-kFar, kFar}, {-kFar, kFar}, kFar, kFar, 0};
    const Point p = output_to_source(corner);
    reach.x = {std::clamp(p.x, -kFar, reach.x.begin), std::clamp(p.x, reach.x.end, kFar)};
    reach.y = {std::clamp(p.y, -kFar, reach.y.begin), std::clamp(p.y, reach.y.end, kFar)};
    reach.least = std::min(reach.least, Jacobian(output_to_source, corner, depth).least());
  }
  return reach;
}

PixelRange pixels_needed(const Reach& reach, int size, Border border) {
  // Half a pixel to the neighbour's centre, and what rounding of the positions may add.
  constexpr double kMargin = 1;
  double begin = std::floor(reach.begin - kMargin);
  double end = std::ceil(reach.end + kMargin);
  if (border == Border::reflect) {
    // Pixel -i is seen as pixel i, and pixel size - 1 + i as size - 1 - i.
    const double mirrored_end = begin < 0 ? 1 - begin : end;
    const double mirrored_begin = end > size ? 2.0 * size - 1 - end : begin;
    begin = std::min(begin, mirrored_begin);
    end = std::max(end, mirrored_end);
  }
  const int first = static_cast<int>(std::clamp(begin, 0.0, size - 1.0));
  return {first, static_cast<int>(std::clamp(end, first + 1.0, double(size)))};
}

}  // namespace lockstep
