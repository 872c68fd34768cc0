#pragma once

#include "imaging/pixels/geometry.h"
#include "imaging/pixels/image.h"

namespace lockstep {

// EXIF's orientations: how an upright picture lies in the file. 1: as it is; 2: mirrored left to
// right; 3: upside down; 4: mirrored top to bottom; 5: rows and columns exchanged; 6: to be turned
// right; 7: exchanged over the other diagonal; 8: to be turned left.

/// True where the stored rows are the upright image's columns.
constexpr bool exchanges_sides(int orientation) { return orientation >= 5; }

/// Where the points of the upright image lie in the stored one of `height` x `width`.
Homography upright_to_stored(int orientation, int height, int width);

/// Turns `stored` upright, into `upright`, which must not share its memory.
void turn_upright(const ImageView& stored, int orientation, Image& upright);

}  // namespace lockstep
