#pragma once

#include "imaging/pixels/border.h"
#include "imaging/pixels/geometry.h"

namespace lockstep {

/// Along one axis of the source, where the points of a picture lie: [begin, end).
struct Reach {
  double begin = 0;
  double end = 0;
};

/// What a picture drawn by any map sees of its source, in the source's pixels.
struct MapReach {
  Reach x;
  Reach y;
  /// How far the source moves with one pixel of the picture: along its rows and its columns, at
  /// its centre; and in the direction and at the corner where that is least.
  double along_rows = 1;
  double along_columns = 1;
  double least = 1;
};

/// Of a picture of `height` x `width` pixels. Where the map's horizon crosses the picture, nothing
/// is bounded: the reach is very large, and `least` is 0.
MapReach reach_of(const Homography& output_to_source, int height, int width);

/// Whole pixels of one axis: [first, last).
struct PixelRange {
  int first = 0;
  int last = 0;

  int length() const { return last - first; }
};

/// The pixels of an axis of `size` that bilinear interpolation at the points of `reach` needs, at
/// least one. A border of that range is seen as that of the whole axis: where `reach` leaves the
/// image, the range ends with it, and under reflection has what is seen in the mirror.
PixelRange pixels_needed(const Reach& reach, int size, Border border);

}  // namespace lockstep
