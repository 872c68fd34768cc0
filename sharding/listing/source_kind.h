#pragma once

#include <span>

#include "core/names.h"
#include "sharding/source/source_options.h"

namespace lockstep {

enum class SourceKind {
  folder,       ///< image files, labelled by folders or by a pattern
  table,        ///< a table of image files
  annotations,  ///< a JSON file that lists images and labels
  webdataset,   ///< image files with their labels in files beside them
  arrays,       ///< an HDF5 file
  idx,          ///< a folder of IDX files
  synthetic,    ///< no files: images that are drawn
};
inline constexpr EnumName<SourceKind> kSourceKindNames[] = {
    {SourceKind::folder, "a folder of images"},
    {SourceKind::table, "a table"},
    {SourceKind::annotations, "a JSON file of annotations"},
    {SourceKind::webdataset, "shards of WebDataset"},
    {SourceKind::arrays, "an HDF5 file"},
    {SourceKind::idx, "a folder of IDX files"},
    {SourceKind::synthetic, "--synthetic"},
};
constexpr std::span<const EnumName<SourceKind>> enum_names(SourceKind) { return kSourceKindNames; }

/// What SOURCE is, by its name and by what is there; an archive is a folder, also where it holds
/// shards of WebDataset, which open_source() sees when it has listed it. Throws Error(data) where
/// there is nothing, Error(usage) where it is something else, and where both it and `synthetic` are
/// given, or neither.
SourceKind find_source_kind(const SourceOptions& options);

/// Throws Error(usage) where an option was given that this kind of source does not take.
void check_source_options(SourceKind kind, const SourceOptions& options);

}  // namespace lockstep
