#pragma once

#include "core/progress.h"

namespace lockstep {

/// A progress bar on the terminal, which goes away with the last copy of the result.
Progress show_sample_bar(const char* phase);

}  // namespace lockstep
