#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sharding/synthetic/synthetic_options.h"

namespace lockstep {

/// Draws a sample of SyntheticKind::shapes: one shape of its class on a ground, at a random place,
/// turned by any angle, of random size, in random colours that say nothing about the class, and
/// noise. Writes `bytes` [size x size x channels]. A pure function of the options and `sample`, the
/// same on every machine.
void draw_shape(const SyntheticOptions& options, std::uint64_t sample, std::span<std::byte> bytes);

}  // namespace lockstep
