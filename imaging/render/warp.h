#pragma once

#include "imaging/pixels/border.h"
#include "imaging/pixels/geometry.h"
#include "imaging/pixels/image.h"
#include "imaging/render/map_reach.h"

namespace lockstep {

/// Draws pictures by any map, by OpenCV: k x k bilinear samples a pixel (1/32 of a pixel is the
/// grid of their positions), averaged; k is how far the map shrinks the image there, at most 8. On
/// the calling thread, in integers: the same bits everywhere. Reuses its buffer.
class Warper {
 public:
  /// Draws the dense picture `out` [height, width, source.channels]. `reach` is that of the map.
  /// Of Border::black, what is outside of `source` is its edge's here: see paint_outside.
  void draw(const ImageView& source, const Homography& output_to_source, const MapReach& reach,
            Border border, int height, int width, std::uint8_t* out);

 private:
  Image samples_;
};

/// Makes the pixels of the dense picture black whose centres lie outside of an image of
/// `source_height` x `source_width` pixels.
void paint_outside(const Homography& output_to_source, int source_height, int source_width,
                   int height, int width, int channels, std::uint8_t* picture);

}  // namespace lockstep
