#pragma once

#include <memory>

#include "sharding/source/pack_source.h"
#include "sharding/source/source_options.h"

namespace lockstep {

/// The source that `options` describe: a table, an HDF5 file or IDX files by their names, else a
/// folder of images; or images that are drawn. Lists all of it, and looks into no image. Throws
/// Error(data) where there is nothing to pack, and Error(usage) where the options do not fit what
/// there is.
std::unique_ptr<PackSource> open_source(const SourceOptions& options);

}  // namespace lockstep
