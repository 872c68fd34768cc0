#pragma once

#include "imaging/augment/augment_options.h"

namespace lockstep {

/// The numbers that a preset stands for; `preset` is its name. Each may be changed afterwards.
///
/// - none: nothing is done.
/// - light: a horizontal flip, small shifts, a little light. For small or well framed images.
/// - side_on: things with an upper side, photographed from the side. As fastai's aug_transforms,
///   but light and contrast are linear here, not changes of the logits.
/// - top_down: things seen from above, as satellite and microscope images: side_on with all eight
///   symmetries.
/// - imagenet: random resized crop and horizontal flip, evaluation of the centre at 0.875: the
///   recipe of torchvision's reference training.
/// - xray: no flip, because left and right differ in a body, and a mirrored heart is a finding;
///   small rotations, shifts and zooms, since patients are placed differently; light and contrast,
///   since exposures differ; black outside, as on the film.
AugmentOptions augment_preset(AugmentPreset preset);

}  // namespace lockstep
