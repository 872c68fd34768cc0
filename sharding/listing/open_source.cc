#include "sharding/listing/open_source.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "core/error.h"
#include "sharding/archive/archive_reader.h"
#include "sharding/archive/open_tree.h"
#include "sharding/fixes/label_fixes.h"
#include "sharding/listing/array_listing.h"
#include "sharding/listing/file_reader.h"
#include "sharding/listing/folder_listing.h"
#include "sharding/listing/idx_listing.h"
#include "sharding/listing/source_kind.h"
#include "sharding/source/label_name.h"
#include "sharding/source/listed_source.h"
#include "sharding/synthetic/synthetic_source.h"
#include "sharding/table/annotation_listing.h"
#include "sharding/table/class_names.h"
#include "sharding/table/delimited_text.h"
#include "sharding/table/join_listings.h"
#include "sharding/table/path_finder.h"
#include "sharding/table/row_files.h"
#include "sharding/table/table_listing.h"
#include "sharding/table/webdataset_listing.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxListBytes = 1 << 28;

/// A source's listing, and what reads its images.
struct OpenListing {
  SourceListing listing;
  std::unique_ptr<RecordReader> reader;
};

std::unique_ptr<RecordReader> open_reader(const std::shared_ptr<const FileTree>& tree) {
  if (auto archives = std::dynamic_pointer_cast<const ArchiveTree>(tree)) {
    return std::make_unique<ArchiveReader>(std::move(archives));
  }
  return std::make_unique<FileReader>(tree->root());
}

/// What `file`, a table or annotations, lists.
SourceListing list_file(const SourceOptions& options, const FileTree& tree, const fs::path& file) {
  const std::string text = read_source_text(file, tree, ExitCode::data, kMaxTableBytes);
  return is_annotations(file) ? list_annotations(options, tree, file, text)
                              : list_table(options, tree, file, text);
}

/// The tables of all splits.
SourceListing list_files(const SourceOptions& options, const FileTree& tree) {
  SourceListing listing =
      list_file(options, tree, options.table.empty() ? options.source : options.table);
  const auto add = [&](const fs::path& file, SourceSplit split) {
    if (file.empty()) return;
    SourceListing more = list_file(options, tree, file);
    set_split(more, split);
    join_listings(listing, std::move(more));
  };
  add(options.valid_table, SourceSplit::valid);
  add(options.test_table, SourceSplit::test);
  return listing;
}

OpenListing open_listing(SourceKind kind, const SourceOptions& options,
                         const std::shared_ptr<const FileTree>& tree) {
  switch (kind) {
    case SourceKind::folder:
      return {list_folder_source(options, *tree), open_reader(tree)};
    case SourceKind::table:
    case SourceKind::annotations:
      return {list_files(options, *tree), open_reader(tree)};
    case SourceKind::webdataset:
      return {list_webdataset(options, *tree), open_reader(tree)};
    case SourceKind::arrays: {
      ArrayListing arrays = list_arrays(options);
      return {std::move(arrays.listing), std::move(arrays.reader)};
    }
    case SourceKind::idx: {
      IdxListing idx = list_idx_files(options.source);
      return {std::move(idx.listing), std::move(idx.reader)};
    }
    case SourceKind::synthetic:
      break;  // has no list
  }
  fail(ExitCode::internal, "unknown kind of source");
}

/// One path a line, in any of the forms that a table may have; empty lines do not count.
SplitList read_list(const fs::path& file, const FileTree& tree, PathFinder& finder) {
  SplitList list{.file = file.string()};
  if (file.empty()) return list;
  const std::string text = read_source_text(file, tree, ExitCode::usage, kMaxListBytes);
  try {
    constexpr char kNoSeparator = '\0';
    DelimitedText lines(text, kNoSeparator);
    for (std::vector<std::string> line; lines.next(line);) {
      if (trimmed(line[0]).empty()) continue;
      PathFinder::Found found = finder.find(line[0]);
      if (found.state == PathFinder::State::missing && list.missing.empty()) {
        list.missing = found.path;
        list.hint = finder.near_miss(found.path);
      }
      list.paths.push_back(std::move(found.path));
    }
  } catch (const Error& error) {
    fail(ExitCode::usage, "the list '{}': {}", file.string(), error.what());
  }
  check(!list.paths.empty(), ExitCode::usage, "'{}' has no path in it", file.string());
  return list;
}

/// As the paths of the source itself were read.
PathFinder list_finder(const SourceOptions& options, const FileTree& tree,
                       const PackOptionsRecord& used) {
  PathFinderOptions how = path_options(options);
  how.allow_outside = true;  // such a path is in the source or not
  if (const auto suffix = used.find("path_suffix"); suffix != used.end()) {
    how.suffix = suffix->second;
  }
  return {tree, std::move(how)};
}

}  // namespace

std::unique_ptr<PackSource> open_source(const SourceOptions& options) {
  const SourceKind found = find_source_kind(options);
  if (found == SourceKind::synthetic) {
    check_source_options(found, options);
    return open_synthetic(options);
  }
  const bool is_list = found == SourceKind::table || found == SourceKind::annotations;
  const auto tree = open_tree(is_list ? table_root(options) : options.source, options.scratch);
  const bool has_shards = found == SourceKind::folder && has_webdataset(*tree);
  const SourceKind kind = has_shards ? SourceKind::webdataset : found;
  check_source_options(kind, options);
  OpenListing open = open_listing(kind, options, tree);
  if (!options.class_names.empty()) {
    const std::string text =
        read_source_text(options.class_names, *tree, ExitCode::usage, kMaxListBytes);
    rename_classes(read_class_names(options.class_names, text), open.listing);
  }
  if (!options.fix.empty()) apply_label_fixes(options.fix, open.listing);
  std::ranges::move(tree->notes(), std::back_inserter(open.listing.notes));
  PathFinder finder = list_finder(options, *tree, open.listing.options);
  SourceArrangement arrangement = arrange_source(
      std::move(open.listing), {.fractions = {.valid = options.valid_fraction,
                                              .test = options.test_fraction,
                                              .seed = options.seed},
                                .valid = read_list(options.valid_list, *tree, finder),
                                .test = read_list(options.test_list, *tree, finder),
                                .classes = options.classes,
                                .limit = options.limit});
  return std::make_unique<ListedSource>(std::move(arrangement), std::move(open.reader));
}

}  // namespace lockstep
