#pragma once

#include <cmath>
#include <cstdint>

#include "core/random.h"
#include "imaging/augment/augment_options.h"

namespace lockstep {

// How augmentation turns random numbers into values. Arithmetic and square roots are exact by IEEE
// 754 and so the same on every machine; exp, log, sin, cos and tan are those of the C library,
// whose version the lane contract requires to be the same.

/// In [range.min, range.max), or range.min where the two are equal.
inline double draw_uniform(const Range& range, RandomSequence& random) {
  return range.min + (range.max - range.min) * double{random.uniform()};
}

/// In [-limit, limit).
inline double draw_symmetric(double limit, RandomSequence& random) {
  return draw_uniform({-limit, limit}, random);
}

/// In the range, a number and its reciprocal alike: its logarithm is uniform.
inline double draw_log_uniform(const Range& range, RandomSequence& random) {
  return std::exp(draw_uniform({std::log(range.min), std::log(range.max)}, random));
}

inline bool draw_event(double probability, RandomSequence& random) {
  return random.flip(static_cast<float>(probability));
}

/// In [0, count), count > 0.
inline int draw_below(int count, RandomSequence& random) {
  return static_cast<int>(random.below(static_cast<std::uint32_t>(count)));
}

/// To the nearest whole number, halves to even, as Python's round().
inline int round_half_even(double x) { return static_cast<int>(std::nearbyint(x)); }

}  // namespace lockstep
