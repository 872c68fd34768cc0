#include "sharding/listing/open_source.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "sharding/listing/array_listing.h"
#include "sharding/listing/file_reader.h"
#include "sharding/listing/folder_listing.h"
#include "sharding/listing/idx_listing.h"
#include "sharding/listing/table_listing.h"
#include "sharding/source/listed_source.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// A source's listing, and what reads its images.
struct OpenListing {
  SourceListing listing;
  std::unique_ptr<RecordReader> reader;
};

/// An option, and whether it was given.
struct Given {
  bool given;
  const char* option;
};

void refuse(const SourceOptions& options, const char* kind, std::initializer_list<Given> all) {
  for (const Given& one : all) {
    check(!one.given, ExitCode::usage, "{} does not go with '{}', which is {}", one.option,
          options.source.string(), kind);
  }
}

OpenListing open_table(const SourceOptions& options) {
  refuse(options, "a table",
         {{!options.label_regex.empty(), "--label-regex"},
          {!options.group_regex.empty(), "--group-regex"}});
  return {list_table(options), std::make_unique<FileReader>(table_root(options))};
}

void refuse_columns(const SourceOptions& options, const char* kind) {
  refuse(options, kind,
         {{!options.path_column.empty(), "--path-column"},
          {!options.label_columns.empty(), "--label-columns"},
          {!options.split_column.empty(), "--split-column"},
          {!options.group_column.empty(), "--group"}});
}

OpenListing open_folder(const SourceOptions& options) {
  constexpr const char* kKind = "a folder of images (a table is given with --table)";
  refuse_columns(options, kKind);
  refuse(options, kKind,
         {{options.task != LabelTask::classification, "--task"},
          {options.unlabelled && !options.label_regex.empty(), "--unlabelled with --label-regex"}});
  return {list_folder_source(options), std::make_unique<FileReader>(options.source)};
}

OpenListing open_arrays(const SourceOptions& options) {
  refuse_columns(options, "an HDF5 file");
  refuse(options, "an HDF5 file",
         {{!options.label_regex.empty(), "--label-regex"},
          {!options.group_regex.empty(), "--group-regex"}});
  ArrayListing arrays = list_arrays(options);
  return {std::move(arrays.listing), std::move(arrays.reader)};
}

OpenListing open_idx(const SourceOptions& options) {
  constexpr const char* kKind = "a folder of IDX files";
  refuse_columns(options, kKind);
  refuse(options, kKind,
         {{!options.label_regex.empty(), "--label-regex"},
          {!options.group_regex.empty(), "--group-regex"},
          {options.task != LabelTask::classification, "--task"},
          {options.unlabelled, "--unlabelled"}});
  IdxListing idx = list_idx_files(options.source);
  return {std::move(idx.listing), std::move(idx.reader)};
}

OpenListing open_listing(const SourceOptions& options) {
  std::error_code ignored;
  check(fs::exists(options.source, ignored), ExitCode::data,
        "no images at '{}': no such file or directory", options.source.string());
  const bool is_folder = fs::is_directory(options.source, ignored);
  if (!options.table.empty()) {
    check(is_folder, ExitCode::usage,
          "'{}' is no directory; with --table, SOURCE is the folder of the files",
          options.source.string());
    return open_table(options);
  }
  if (!is_folder && is_table(options.source)) return open_table(options);
  if (!is_folder && is_array_file(options.source)) return open_arrays(options);
  check(is_folder, ExitCode::usage,
        "'{}' is neither a folder nor a table (.csv, .tsv) nor an HDF5 file (.h5, .hdf5)",
        options.source.string());
  return has_idx_files(options.source) ? open_idx(options) : open_folder(options);
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
  check(!list.paths.empty(), ExitCode::usage, "'{}' names nothing", file.string());
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
