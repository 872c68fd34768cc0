#pragma once

#include <spdlog/logger.h>

#include "core/progress.h"
#include "launcher/commands/command_line.h"

namespace lockstep {

/// `lockstep inspect PACK`: prints what a pack holds on stdout, as text or (--json) as the document
/// of launcher/report/inspect_json.h, and draws --grid. Needs no LibTorch. `progress`, if set, is
/// called on this thread, and destroyed before the report is printed.
ExitCode run_inspect(const InspectCommand& command, spdlog::logger& log, Progress progress = {});

}  // namespace lockstep
