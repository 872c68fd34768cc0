#pragma once

#include <spdlog/logger.h>

#include "core/progress.h"
#include "launcher/commands/command_line.h"

namespace lockstep {

/// `lockstep pack`: makes the pack, and logs what was left out and what came of it. Returns the
/// exit code: ok also where a finished pack was made from the same input, and where samples with
/// faults were left out; data where they were, under --strict. `progress`, if set, is called on
/// this thread.
ExitCode run_pack(const PackCommand& command, spdlog::logger& log, const Progress& progress = {});

}  // namespace lockstep
