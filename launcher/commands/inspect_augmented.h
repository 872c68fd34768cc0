#pragma once

#include <spdlog/logger.h>

#include "launcher/commands/inspect_command.h"

namespace lockstep {

/// `lockstep inspect CONFIG --augmented OUT.png`: draws what training with the config feeds its
/// network, made as training makes it.
ExitCode run_inspect_augmented(const InspectCommand& command, spdlog::logger& log);

}  // namespace lockstep
