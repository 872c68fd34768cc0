#include "sharding/listing/open_source.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "sharding/listing/array_listing.h"
#include "sharding/listing/file_reader.h"
#include "sharding/listing/folder_listing.h"
#include "sharding/listing/idx_listing.h"
#include "sharding/listing/source_kind.h"
#include "sharding/source/listed_source.h"
#include "sharding/table/table_listing.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// A source's listing, and what reads its images.
struct OpenListing {
  SourceListing listing;
  std::unique_ptr<RecordReader> reader;
};

OpenListing open_listing(const SourceOptions& options) {
  const SourceKind kind = find_source_kind(options);
  check_source_options(kind, options);
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
  }
  fail(ExitCode::internal, "unknown kind of source");
}

/// One path a line; empty lines and the ends of Windows' lines do not count.
SplitList read_list(const fs::path& file) {
  SplitList list{.file = file.string(), .paths = {}};
  if (file.empty()) return list;
  const std::string text = read_file(file, ExitCode::usage);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) list.paths.push_back(std::move(line));
    start = end + 1;
  }
  check(!list.paths.empty(), ExitCode::usage, "'{}' has no path in it", file.string());
  return list;
}

}  // namespace

std::unique_ptr<PackSource> open_source(const SourceOptions& options) {
  OpenListing open = open_listing(options);
  SourceArrangement arrangement =
      arrange_source(std::move(open.listing), {.fractions = {.valid = options.valid_fraction,
                                                             .test = options.test_fraction,
                                                             .seed = options.seed},
                                               .valid = read_list(options.valid_list),
                                               .test = read_list(options.test_list),
                                               .classes = options.classes,
                                               .limit = options.limit});
  return std::make_unique<ListedSource>(std::move(arrangement), std::move(open.reader));
}

}  // namespace lockstep
