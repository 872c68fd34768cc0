#pragma once

#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"
#include "sharding/tree/file_tree.h"

namespace lockstep {

/// True where `tree` holds the files of WebDataset: beside the first image, `key.jpg`, its label in
/// `key.cls`, or fields in `key.json`. Looks into the first folder that holds files alone.
bool has_webdataset(const FileTree& tree);

/// Lists them, in the bytewise order of their paths. The label is what the .cls file says (a number
/// is the class's own), or with --label-columns the field of the .json file. Shards that are called
/// like a split (`imagenet-train-000123.tar`) are of it. Throws Error(data).
SourceListing list_webdataset(const SourceOptions& options, const FileTree& tree);

}  // namespace lockstep
