#pragma once

#include <filesystem>

namespace lockstep {

/// Throws Error(usage) where the file `out` could not be written, would be part of a checkpoint or
/// a pack, or exists and is not to be replaced.
void check_output_file(const std::filesystem::path& out, bool replace);

}  // namespace lockstep
