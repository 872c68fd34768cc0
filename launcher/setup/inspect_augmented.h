#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "core/error.h"

namespace lockstep {

/// Draws into `picture` (PNG) what training with the config of `target`, a config file or a run
/// directory, feeds its network, made as training makes it.
ExitCode run_inspect_augmented(const std::filesystem::path& target,
                               const std::vector<std::string>& overrides,
                               const std::filesystem::path& picture, spdlog::logger& log);

}  // namespace lockstep
