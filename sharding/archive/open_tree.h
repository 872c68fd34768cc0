#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/error.h"
#include "sharding/tree/file_tree.h"

namespace lockstep {

/// The folder at `path`, or the archives that it leads to (archive_place.h). Temporary files lie in
/// `scratch`. Throws Error(data).
std::shared_ptr<const FileTree> open_tree(const std::filesystem::path& path,
                                          const std::filesystem::path& scratch);

/// The content of the file at `path`, which may be in an archive: `tree`, if that is it. Throws
/// Error(code).
std::string read_source_text(const std::filesystem::path& path, const FileTree& tree, ExitCode code,
                             std::uint64_t most);

}  // namespace lockstep
