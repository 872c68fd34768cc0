#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/config/config.h"

namespace lockstep {

/// The config of `target`, a config file or a run directory, with `overrides` (key=value). Of a run
/// directory, run.dir is the directory itself, wherever it was when the run began. Throws
/// Error(usage).
Config read_run_config(const std::filesystem::path& target,
                       const std::vector<std::string>& overrides);

}  // namespace lockstep
