#pragma once

#include <cstdint>
#include <span>

#include "core/random.h"
#include "imaging/augment/augment_options.h"

namespace lockstep {

/// How one picture is mixed with another. The default: not at all.
struct Mix {
  /// The other picture's part in the loss, in 256ths: at most 128.
  int share = 0;
  /// The box that is taken from the other picture (CutMix), in pixels; where it is empty, all of
  /// both pictures is blended by `share` (mixup).
  int top = 0;
  int left = 0;
  int height = 0;
  int width = 0;

  bool operator==(const Mix&) const = default;
};

/// Draws for one picture of height x width pixels: mixup (Zhang et al. 2018) or CutMix (Yun et al.
/// 2019), each half the time where both are on. The other picture's part is Beta(alpha, alpha)
/// distributed, folded to at most a half, so that a picture is mostly itself.
Mix draw_mix(const AugmentOptions& options, int height, int width, RandomSequence& random);

/// Mixes `other` into `picture`, both of the shape that was drawn for, channels interleaved.
void apply_mix(const Mix& mix, int width, int channels, std::span<const std::uint8_t> other,
               std::span<std::uint8_t> picture);

}  // namespace lockstep
