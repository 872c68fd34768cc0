#pragma once

namespace lockstep {

/// What is done at random to a training image. Every draw is a function of (seed, epoch, position
/// in the epoch's order), so the images of a run are the same on any number of ranks and after any
/// restart. The defaults do nothing.
struct AugmentOptions {
  /// Mirror left to right, with probability 1/2.
  bool horizontal_flip = false;
  /// Pad this many black pixels on each side, then crop back to the image's size at a random place.
  /// 0: off.
  int crop_padding = 0;
};

}  // namespace lockstep
