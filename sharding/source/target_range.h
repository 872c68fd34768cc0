#pragma once

#include <string>

#include "sharding/format/pack_manifest.h"
#include "sharding/source/source_options.h"

namespace lockstep {

/// Throws Error(usage) where --target-regex, --target-min or --target-max do not go with the task,
/// or the range is empty.
void check_target_options(const SourceOptions& options);

/// Adds those that were given.
void record_target_options(const SourceOptions& options, PackOptionsRecord& record);

/// Which bound of --target-min and --target-max `value` is beyond; empty where it is within.
std::string find_out_of_range(const SourceOptions& options, float value);

}  // namespace lockstep
