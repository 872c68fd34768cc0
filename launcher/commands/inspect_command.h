#pragma once

#include <cstdint>
#include <functional>

#include <spdlog/logger.h>

#include "launcher/commands/command_line.h"

namespace lockstep {

/// How far `inspect` is: samples, then candidates for near duplicates.
using InspectProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// `lockstep inspect PACK`: prints what a pack holds on stdout, as text or (--json) as the document
/// of launcher/report/inspect_json.h, and draws --grid. Needs no LibTorch. `progress`, if set, is
/// called on this thread, and destroyed before the report is printed.
ExitCode run_inspect(const InspectCommand& command, spdlog::logger& log,
                     InspectProgress progress = {});

}  // namespace lockstep
