#pragma once

#include <optional>

#include "imaging/render/resample_kernels.h"

namespace lockstep {

/// With AVX2; none where the machine has no such instructions.
std::optional<ResampleKernels> avx2_resample_kernels();

}  // namespace lockstep
