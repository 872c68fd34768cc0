#include "imaging/pixels/aligned_map.h"

namespace lockstep {

std::optional<AlignedMap> aligned_map(const Homography& map) {
  const auto& m = map.m;
  if (!map.is_affine()) return std::nullopt;
  if (m[1] == 0 && m[3] == 0) return AlignedMap{{m[2], m[0]}, {m[5], m[4]}, false};
  if (m[0] == 0 && m[4] == 0) return AlignedMap{{m[2], m[1]}, {m[5], m[3]}, true};
  return std::nullopt;
}

}  // namespace lockstep
