#pragma once

#include "imaging/codec/jpeg.h"
#include "imaging/pixels/axis_filter.h"

namespace lockstep {

/// How far the triangle that resamples one axis reaches, in source pixels: as in Pillow's BILINEAR,
/// max(1, |step|). Where the source is an image reduced to 1 / `reduction` by the DCT (and `step`
/// is in its pixels), that has already averaged; the triangle is narrower by as much, so that both
/// together spread (by their variance) as the triangle alone would in the full image.
double triangle_half_width(double step, int reduction);

/// One axis of a JPEG, in its full pixels.
struct JpegAxis {
  AxisMap map;
  int outputs = 0;
  int size = 0;
  int size_in_whole_blocks = 0;
};

/// By how much the DCT may reduce a JPEG (1, 2, 4 or 8) for this picture: its pixels must still be
/// finer than the picture's, and must not show the padding of the last blocks beyond the image
/// (libjpeg-turbo #297): no pixel of the picture may lose more than half of its width to it.
int choose_reduction(const JpegAxis& x, const JpegAxis& y);

/// Repeated chroma unless the picture is finer than its source along an axis.
Chroma choose_chroma(const AxisMap& x, const AxisMap& y);

/// The side of the reduced image that the picture is made from, without pixels that blend with
/// what is beyond the image.
int reduced_size(const JpegAxis& axis, int reduction);

}  // namespace lockstep
