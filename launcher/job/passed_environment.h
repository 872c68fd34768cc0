#pragma once

#include "launcher/job/launch_mode.h"

namespace lockstep {

/// What of `environment` goes to ranks and batch jobs: what programs, libraries and launchers need,
/// by name and by prefix, and what LOCKSTEP_PASS lists (names with commas between them). All else,
/// such as the keys of other services, stays here.
Environment passed_environment(const Environment& environment);

}  // namespace lockstep
