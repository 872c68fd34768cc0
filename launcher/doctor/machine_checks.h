#pragma once

#include "launcher/doctor/finding.h"
#include "launcher/doctor/machine_facts.h"

namespace lockstep {

/// Pure: what the facts mean for training (docs/doctor.md has the limits).
Findings check_machine(const MachineFacts& facts);

}  // namespace lockstep
