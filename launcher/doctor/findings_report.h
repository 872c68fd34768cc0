#pragma once

#include <string>

#include "launcher/doctor/finding.h"

namespace lockstep {

/// A line for each finding, "PASS  name  why", below one that did not pass what to do; its last
/// line counts them.
std::string findings_to_text(const Findings& findings);

/// {"checks": [{"part", "check", "verdict", "why", "remedy"}], "pass", "warn", "fail"}: the verdict
/// in lower case, the remedy only where it did not pass.
std::string findings_to_json(const Findings& findings);

}  // namespace lockstep
