#pragma once

#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"
#include "sharding/tree/file_tree.h"

namespace lockstep {

/// True for a table by its name: .csv, .tsv, .tab, in any case.
bool is_table(const std::filesystem::path& path);

/// A table may have this many bytes.
inline constexpr std::uint64_t kMaxTableBytes = std::uint64_t{4} << 30;

/// Lists the rows of `text`, a table with a header (delimited_text.h) that was read from `file`: of
/// files in `tree`. A row that cannot be used
/// is a fault with its line's number, also where its file is not there: then the fault names what
/// is there instead. Throws Error(data) where it cannot be read, and Error(usage) where it
/// has not the columns that are asked for; the message lists those that it has.
SourceListing list_table(const SourceOptions& options, const FileTree& tree,
                         const std::filesystem::path& file, std::string_view text);

/// The folder that a table's paths are relative to.
std::filesystem::path table_root(const SourceOptions& options);

}  // namespace lockstep
