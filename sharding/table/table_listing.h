#pragma once

#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"

namespace lockstep {

/// True for a table by its name: .csv, .tsv, .tab.
bool is_table(const std::filesystem::path& path);

/// Lists the rows of a table with a header (CSV as RFC 4180 has it, or TSV by its name): `table`,
/// of files below `source`; or `source` itself, of files in its folder. A row that cannot be used
/// is a fault with its line's number. Whether the files are there is not looked at. Throws
/// Error(data) where the table cannot be read, and Error(usage) where it has not the columns that
/// are asked for; the message lists those that it has.
SourceListing list_table(const SourceOptions& options);

/// The folder that a table's paths are relative to.
std::filesystem::path table_root(const SourceOptions& options);

}  // namespace lockstep
