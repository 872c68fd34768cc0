#pragma once

#include <algorithm>
#include <span>

#include "core/names.h"

namespace lockstep {

/// What is seen outside of the image: where the centre of a picture's pixel lies there. Inside,
/// interpolation at the edge takes the edge's pixels, so that no picture has a dark rim.
enum class Border {
  black,
  edge,     ///< the nearest pixel of the edge
  reflect,  ///< mirrored, the edge pixel itself not repeated
};
inline constexpr EnumName<Border> kBorderNames[] = {
    {Border::black, "black"}, {Border::edge, "edge"}, {Border::reflect, "reflect"}};
constexpr std::span<const EnumName<Border>> enum_names(Border) { return kBorderNames; }

/// The pixel of [0, size) that is seen at `i` under reflection.
constexpr int reflected(int i, int size) {
  if (i >= 0 && i < size) return i;
  if (size == 1) return 0;
  const int period = 2 * size - 2;
  const int folded = (i % period + period) % period;
  return std::min(folded, period - folded);
}

}  // namespace lockstep
