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

  // Two samples of a batch in one; see imaging/mix.h.

  double mixup = 0;   ///< alpha of Beta(alpha, alpha), from which a blend's share is drawn; 0: off
  double cutmix = 0;  ///< the same for the area of a box that is pasted; 0: off
  double mix_probability = 1;  ///< with which a sample is mixed at all
};

}  // namespace lockstep
