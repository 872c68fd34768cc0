#pragma once

#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"
#include "sharding/table/path_finder.h"

namespace lockstep {

/// True for a table by its name: .csv, .tsv, .tab, in any case.
bool is_table(const std::filesystem::path& path);

/// Lists the rows of a table with a header (delimited_text.h): `table`,
/// of files below `source`; or `source` itself, of files in its folder. A row that cannot be used
/// is a fault with its line's number, also where its file is not there: then the fault names what
/// is there instead. Throws Error(data) where the table cannot be read, and Error(usage) where it
/// has not the columns that are asked for; the message lists those that it has.
SourceListing list_table(const SourceOptions& options);

/// How its paths are read.
PathFinderOptions path_options(const SourceOptions& options);

/// The folder that a table's paths are relative to.
std::filesystem::path table_root(const SourceOptions& options);

}  // namespace lockstep
