#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "comm/communicator/communicator.h"
#include "launcher/config/config.h"

namespace lockstep {

/// The config of `target`, a config file or a run directory, with `overrides` (key=value). Of a run
/// directory, run.dir is the directory itself, wherever it was when the run began. Of
/// train.global_batch only the lanes are left. Throws Error(usage).
Config read_run_config(const std::filesystem::path& target,
                       const std::vector<std::string>& overrides);

/// Collective: the config that `read` gives on rank 0, on every rank. A bad one is told once, and
/// one that changes while the ranks start is the same for all.
Config shared_config(const std::function<Config()>& read, Communicator& communicator);

}  // namespace lockstep
