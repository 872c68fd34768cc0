#include "sharding/listing/open_source.h"

#include <utility>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "sharding/listing/array_listing.h"
#include "sharding/listing/file_reader.h"
#include "sharding/listing/folder_listing.h"
#include "sharding/listing/idx_listing.h"
#include "sharding/listing/source_kind.h"
#include "sharding/source/label_name.h"
#include "sharding/source/listed_source.h"
#include "sharding/synthetic/synthetic_source.h"
#include "sharding/table/delimited_text.h"
#include "sharding/table/path_finder.h"
#include "sharding/table/table_listing.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// A source's listing, and what reads its images.
struct OpenListing {
  SourceListing listing;
  std::unique_ptr<RecordReader> reader;
};

OpenListing open_listing(SourceKind kind, const SourceOptions& options) {
  switch (kind) {
    case SourceKind::folder:
      return {list_folder_source(options), std::make_unique<FileReader>(options.source)};
    case SourceKind::table:
      return {list_table(options), std::make_unique<FileReader>(table_root(options))};
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
SplitList read_list(const fs::path& file, PathFinder& finder) {
  SplitList list{.file = file.string()};
  if (file.empty()) return list;
  const std::string text = read_file(file, ExitCode::usage);
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
PathFinder list_finder(const SourceOptions& options, const PackOptionsRecord& used) {
  PathFinderOptions how = path_options(options);
  how.allow_outside = true;  // such a path is in the source or not
  if (const auto suffix = used.find("path_suffix"); suffix != used.end()) {
    how.suffix = suffix->second;
  }
  const bool is_table = used.at("source") == "table";
  return {is_table ? table_root(options) : options.source, std::move(how)};
}

}  // namespace

std::unique_ptr<PackSource> open_source(const SourceOptions& options) {
  const SourceKind kind = find_source_kind(options);
  check_source_options(kind, options);
  if (kind == SourceKind::synthetic) return open_synthetic(options);
  OpenListing open = open_listing(kind, options);
  PathFinder finder = list_finder(options, open.listing.options);
  SourceArrangement arrangement =
      arrange_source(std::move(open.listing), {.fractions = {.valid = options.valid_fraction,
                                                             .test = options.test_fraction,
                                                             .seed = options.seed},
                                               .valid = read_list(options.valid_list, finder),
                                               .test = read_list(options.test_list, finder),
                                               .classes = options.classes,
                                               .limit = options.limit});
  return std::make_unique<ListedSource>(std::move(arrangement), std::move(open.reader));
}

}  // namespace lockstep
