#pragma once

#include <string>
#include <vector>

#include "launcher/job/launch_mode.h"

namespace lockstep {

/// What a program has said, and how it ended.
struct ProgramEnd {
  int code = -1;  ///< its exit code, or 128 and the signal that ended it
  std::string out;
  std::string err;
};

/// Runs a program without a shell, to its end. Throws Error(usage) where it cannot be started.
ProgramEnd run_program(const std::vector<std::string>& argv, const Environment& environment);

}  // namespace lockstep
