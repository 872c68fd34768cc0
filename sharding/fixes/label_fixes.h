#pragma once

#include <filesystem>

#include "sharding/source/source_listing.h"

namespace lockstep {

/// Corrects the classes of the records in `listing` that a table names: its columns `path` and
/// `label`, and where it has `given`, only of records that still have that class. What was done,
/// and which rows fit no record, is told in the listing's notes. Throws Error(usage) where the file
/// cannot be read, has not those columns or two labels for a path, names a class that the listing
/// does not have, or the labels are no classes.
void apply_label_fixes(const std::filesystem::path& file, SourceListing& listing);

}  // namespace lockstep
