#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"
#include "sharding/table/path_finder.h"

namespace lockstep {

/// How the paths of a table are read.
PathFinderOptions path_options(const SourceOptions& options);

/// How sure an ending that was left out must be.
enum class EndingOf {
  all,  ///< it makes files of all records
  any,  ///< of some, where no other does of any: files may be missing
};

/// What is wrong with a record that was taken out of the listing.
using FileFault =
    std::function<void(FaultKind kind, const SourceRecord& record, std::string_view detail)>;

/// Makes paths below the root of `tree` of the texts that a table has for them, in `listing`, and
/// notes how. Where no text is a file as it stands, a folder that is called `folder` (as the table
/// is) is looked into, and a known
/// ending is put to them. Records without a file are taken
/// out, and `add_fault` is told.
void find_row_files(const SourceOptions& options, const FileTree& tree, const std::string& folder,
                    EndingOf ending, SourceListing& listing, const FileFault& add_fault);

/// Records of one path whose split and group are the same become one, the first, with the targets
/// of all.
void gather_rows(SourceListing& listing);

}  // namespace lockstep
