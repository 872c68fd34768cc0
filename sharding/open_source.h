#pragma once

#include <filesystem>
#include <memory>

#include "sharding/folder_source.h"

namespace lockstep {

/// The source that `directory` holds: IDX files by their names, else a folder of images. Throws
/// Error(data) where there is nothing to pack, and Error(usage) where `valid` does not fit.
std::unique_ptr<PackSource> open_source(const std::filesystem::path& directory,
                                        const ValidSplitOptions& valid);

}  // namespace lockstep
