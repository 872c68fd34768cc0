#pragma once

#include <filesystem>
#include <string_view>

#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"
#include "sharding/tree/file_tree.h"

namespace lockstep {

/// True for annotations by their name: .json, in any case.
bool is_annotations(const std::filesystem::path& path);

/// Lists the images of `text`, annotations (annotation_json.h) that were read from `file`: those in
/// `tree` that are called by their `file_name`, else by their id with a known ending, else like the
/// end of their URL. A label is what its category is called, or the number that it has. Throws
/// Error(data) where there are no images in it, or two have one id.
SourceListing list_annotations(const SourceOptions& options, const FileTree& tree,
                               const std::filesystem::path& file, std::string_view text);

}  // namespace lockstep
