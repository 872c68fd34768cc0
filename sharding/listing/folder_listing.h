#pragma once

#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"
#include "sharding/tree/file_tree.h"

namespace lockstep {

/// Lists the image files of `tree`, which is SOURCE. Where its folders are called like splits, they
/// are the splits (sharding/listing/split_folders.h). A label is
/// - with --unlabelled, absent; without folders of splits all files are the split `test`;
/// - with --label-regex, what the pattern's group matches in the file's name or path;
/// - else the folder that the file lies in: SOURCE/<class>/…, or SOURCE/train/<class>/….
/// Files are in bytewise order, class by class in the last case. Throws Error(data) where there is
/// nothing to list, Error(usage) for a bad pattern.
SourceListing list_folder_source(const SourceOptions& options, const FileTree& tree);

}  // namespace lockstep
