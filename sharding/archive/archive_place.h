#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "sharding/archive/archive_walk.h"

namespace lockstep {

/// The archives that `path` leads to: an archive; a folder in one, as if it were unpacked
/// (`pets.zip/images`); or a folder of the disk that holds archives and neither images nor folders.
/// std::nullopt where it is something else.
std::optional<ArchiveSet> find_archives(const std::filesystem::path& path);

}  // namespace lockstep
