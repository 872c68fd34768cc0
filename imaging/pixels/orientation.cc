#include "imaging/pixels/orientation.h"

#include <cassert>

#include "imaging/pixels/aligned_map.h"
#include "imaging/pixels/pixel_copy.h"

namespace lockstep {

Homography upright_to_stored(int orientation, int height, int width) {
  assert(orientation >= 1 && orientation <= 8);
  const double h = height;
  const double w = width;
  switch (orientation) {
    case 2:
      return {{-1, 0, w, 0, 1, 0, 0, 0, 1}};
    case 3:
      return {{-1, 0, w, 0, -1, h, 0, 0, 1}};
    case 4:
      return {{1, 0, 0, 0, -1, h, 0, 0, 1}};
    case 5:
      return {{0, 1, 0, 1, 0, 0, 0, 0, 1}};
    case 6:
      return {{0, 1, 0, -1, 0, h, 0, 0, 1}};
    case 7:
      return {{0, -1, w, -1, 0, h, 0, 0, 1}};
    case 8:
      return {{0, -1, w, 1, 0, 0, 0, 0, 1}};
    default:
      return {};
  }
}

void turn_upright(const ImageView& stored, int orientation, Image& upright) {
  const auto map = aligned_map(upright_to_stored(orientation, stored.height, stored.width));
  const CopyAxis rows(map->y, stored.height, stored.height);
  const CopyAxis columns(map->x, stored.width, stored.width);
  if (!map->transposed) {
    upright.reshape(stored.height, stored.width, stored.channels);
    copy_pixels(stored, rows, columns, upright.row(0));
    return;
  }
  Image turned;
  turned.reshape(stored.height, stored.width, stored.channels);
  copy_pixels(stored, rows, columns, turned.row(0));
  upright.reshape(stored.width, stored.height, stored.channels);
  transpose_pixels(turned.view(), upright.row(0));
}

}  // namespace lockstep
