#pragma once

#include <cstdint>

#include "imaging/pixels/axis_filter.h"
#include "imaging/pixels/image.h"

namespace lockstep {

/// One axis of a picture whose pixels are the source's own, maybe mirrored: outputs [begin, end)
/// show source pixels [first, first + end - begin), the others are black.
struct CopyAxis {
  /// `map` takes whole pixels to whole pixels: its step is 1 or -1, its offset whole.
  CopyAxis(const AxisMap& map, int picture_outputs, int size);

  int length() const { return end - begin; }
  bool shows_all() const { return length() == outputs; }

  int outputs = 0;
  int begin = 0;
  int end = 0;
  int first = 0;
  bool mirrored = false;
};

/// True where `map` is one that CopyAxis takes.
bool is_copy(const AxisMap& map);

/// Draws the dense picture `out` [rows.outputs, columns.outputs, channels]. `part` holds the source
/// pixels that are shown.
void copy_pixels(const ImageView& part, const CopyAxis& rows, const CopyAxis& columns,
                 std::uint8_t* out);

/// `source` with rows and columns exchanged, dense, to `out`.
void transpose_pixels(const ImageView& source, std::uint8_t* out);

}  // namespace lockstep
