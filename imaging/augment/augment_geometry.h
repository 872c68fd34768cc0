#pragma once

#include "core/random.h"
#include "imaging/augment/augment_options.h"
#include "imaging/pixels/geometry.h"

namespace lockstep {

/// Height and width of an image or a picture, in pixels.
struct Extent {
  int height = 0;
  int width = 0;

  bool operator==(const Extent&) const = default;
};

/// A rectangle of whole pixels.
struct Box {
  int y = 0;
  int x = 0;
  int height = 0;
  int width = 0;

  bool operator==(const Box&) const = default;
};

/// How an image becomes a picture, in the order in which it is done: the crop is resized to the
/// picture, and the rest moves the picture. Default but for the crop: nothing.
struct Geometry {
  Box crop{};       ///< of the upright image
  int shift_y = 0;  ///< pixel (y, x) shows (y + shift_y, x + shift_x) from here on
  int shift_x = 0;
  bool mirror_x = false;   ///< left to right
  bool mirror_y = false;   ///< top to bottom
  bool transpose = false;  ///< y and x change places; of a square picture
  double shear_x = 0;      ///< degrees, as torchvision's affine()
  double shear_y = 0;
  double zoom = 1;                ///< times as large
  Point zoom_place = {0.5, 0.5};  ///< what stays where it is, as parts of width and height
  double rotate = 0;              ///< degrees, counter-clockwise as people see it
  double translate_y = 0;         ///< parts of the picture's height, downwards
  double translate_x = 0;         ///< parts of the picture's width, to the right
  Homography policy{};            ///< of an AugmentPolicy's operations, as output_to_source()
  double warp_x = 0;  ///< the magnitudes of fastai's Warp. It is the last, so that it is
  double warp_y = 0;  ///< taken inside of the picture, where it has no horizon
};

/// The largest part around the centre that has the picture's proportions.
Box centre_crop(Extent image, Extent picture);

/// torchvision's RandomResizedCrop.get_params: ten tries for a box of this area and these
/// proportions, else the largest around the centre that keeps to the proportions.
Box draw_resized_crop(const Range& area, const Range& aspect, Extent image, RandomSequence& random);

/// Draws everything but `policy`, in the order of Geometry.
Geometry draw_geometry(const AugmentOptions& options, Extent image, Extent picture,
                       RandomSequence& random);

/// All of it as one map, from a point of the picture to one of the image.
Homography output_to_source(const Geometry& geometry, Extent picture);

}  // namespace lockstep
