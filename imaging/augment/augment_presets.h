#pragma once

#include "imaging/augment/augment_options.h"

namespace lockstep {

/// The numbers that a preset stands for; `preset` is its name. Each may be changed afterwards.
///
/// - none: nothing is done.
/// - light: a horizontal flip, small shifts, a little light. For small or well framed images.
/// - side_on: things that have an upper side, photographed from theirs. As fastai's aug_transforms,
///   but light and contrast are linear here, not changes of the logits.
/// - top_down: things seen from above, as by satellites and microscopes: side_on with all eight
///   symmetries.
/// - imagenet: random resized crop and horizontal flip, evaluation of the centre at 0.875: the
///   recipe of torchvision's reference training.
/// - xray: no flip, because left and right differ in a body, and a mirrored heart is a finding;
///   small rotations, shifts and zooms as patients stand, light and contrast as exposures differ;
///   black outside, as on the film.
AugmentOptions augment_preset(AugmentPreset preset);

}  // namespace lockstep
