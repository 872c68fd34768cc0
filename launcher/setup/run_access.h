#pragma once

#include <filesystem>

#include "launcher/config/run_options.h"

namespace lockstep {

/// Creates the directories above that of the run `run`, which are not the run's alone: before
/// restrict_access(). Throws Error(storage).
void make_parents(const std::filesystem::path& run);

/// From here on, files and directories that this process creates can be read by those whom `access`
/// names: for a process that writes into one run. What is there already stays as it is.
void restrict_access(RunAccess access);

/// Throws Error(usage) where a directory into which the run `run` writes is a symbolic link: all
/// that it writes stays in its own directory.
void check_no_links(const std::filesystem::path& run);

}  // namespace lockstep
