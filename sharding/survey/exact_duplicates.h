#pragma once

#include <cstdint>
#include <vector>

#include "sharding/survey/pack_samples.h"

namespace lockstep {

/// Groups of samples with the same shape and bytes, each of at least two in rising order, by their
/// first ones. Only samples whose hash occurs twice are read.
std::vector<std::vector<std::uint64_t>> find_exact_duplicates(const PackSamples& samples);

}  // namespace lockstep
