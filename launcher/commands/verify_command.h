#pragma once

#include <spdlog/logger.h>

#include "core/progress.h"
#include "launcher/commands/command_line.h"

namespace lockstep {

/// `lockstep verify`: reads all of a pack. Logs each problem as an error; returns `data` where
/// there is one.
ExitCode run_verify(const VerifyCommand& command, spdlog::logger& log,
                    const Progress& progress = {});

}  // namespace lockstep
