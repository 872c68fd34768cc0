#pragma once

#include <optional>

#include "imaging/pixels/axis_filter.h"
#include "imaging/pixels/geometry.h"

namespace lockstep {

/// A map that keeps rows and columns apart: scale, translation, flips, and maybe a transposition.
struct AlignedMap {
  AxisMap x;                ///< of the source's x
  AxisMap y;                ///< of the source's y
  bool transposed = false;  ///< the source's x depends on the picture's y, and the other way round
};

/// `map` as an AlignedMap; none where it turns, shears or projects.
std::optional<AlignedMap> aligned_map(const Homography& map);

}  // namespace lockstep
