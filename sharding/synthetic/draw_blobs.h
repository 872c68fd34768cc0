#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sharding/synthetic/synthetic_options.h"

namespace lockstep {

/// Draws a sample of SyntheticKind::blobs: the pattern of its class, a few blobs of colour whose
/// places are fixed by the seed; moved a little, lighter or darker, with more or less contrast, and
/// noise. Writes `bytes` [size x size x channels]. A pure function of the options and `sample`, the
/// same on every machine.
void draw_blobs(const SyntheticOptions& options, std::uint64_t sample, std::span<std::byte> bytes);

}  // namespace lockstep
