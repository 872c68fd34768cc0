#pragma once

#include "launcher/doctor/machine_facts.h"

namespace lockstep {

/// What CUDA says; nothing is computed.
GpuFacts look_at_gpus();

}  // namespace lockstep
