#pragma once

#include "imaging/render/resample_kernels.h"

namespace lockstep {

/// For any machine.
ResampleKernels plain_resample_kernels();

}  // namespace lockstep
