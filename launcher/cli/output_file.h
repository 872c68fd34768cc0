#pragma once

#include <filesystem>
#include <vector>

namespace lockstep {

/// Throws Error(usage) where the file `out` could not be written, would be part of a checkpoint or
/// a pack, is one of those that are `read`, or exists and is not to be replaced.
void check_output_file(const std::filesystem::path& out, bool replace,
                       const std::vector<std::filesystem::path>& read = {});

/// The same for a picture, which must be called .png: that is what is written.
void check_picture_file(const std::filesystem::path& out, bool replace,
                        const std::vector<std::filesystem::path>& read);

}  // namespace lockstep
