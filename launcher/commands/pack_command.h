#pragma once

#include <cstdint>
#include <functional>

#include <spdlog/logger.h>

#include "launcher/commands/command_line.h"

namespace lockstep {

/// How many of the samples that a verb reads are done.
using SampleProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// `lockstep pack`: makes the pack, and logs what was left out and what came of it. Returns the
/// exit code: ok also where the finished pack is of the same input, and where samples with faults
/// were left out; data where they were, under --strict. `progress`, if set, is called on this
/// thread.
ExitCode run_pack(const PackCommand& command, spdlog::logger& log,
                  const SampleProgress& progress = {});

}  // namespace lockstep
