#pragma once

#include <spdlog/logger.h>

#include "launcher/commands/pack_command.h"

namespace lockstep {

/// `lockstep verify`: reads all of a pack. Logs each problem as an error; returns `data` where
/// there is one.
ExitCode run_verify(const VerifyCommand& command, spdlog::logger& log,
                    const SampleProgress& progress = {});

}  // namespace lockstep
