#pragma once

#include <filesystem>
#include <vector>

namespace lockstep {

/// One name for a directory, however it is spelled; its own where it cannot be told.
std::filesystem::path place_of(const std::filesystem::path& directory);

/// The directories in their order, each by the first of its spellings.
std::vector<std::filesystem::path> each_once(const std::vector<std::filesystem::path>& directories);

}  // namespace lockstep
