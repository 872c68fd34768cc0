#include "sharding/listing/source_kind.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "sharding/archive/archive_place.h"
#include "sharding/listing/array_listing.h"
#include "sharding/listing/idx_listing.h"
#include "sharding/source/target_range.h"
#include "sharding/table/annotation_listing.h"
#include "sharding/table/table_listing.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// An option, whether it was given, and the kinds of source that take it.
struct OptionUse {
  const char* option;
  bool given;
  std::vector<SourceKind> taken_by;
};

/// Options that are not here go with every kind.
std::vector<OptionUse> list_uses(const SourceOptions& options) {
  using enum SourceKind;
  const SourceOptions absent;
  return {
      {"--task", options.task != absent.task, {table, annotations, webdataset, arrays}},
      {"--unlabelled", options.unlabelled, {folder, table, annotations, webdataset, arrays}},
      {"--folders", options.folders != absent.folders, {folder}},
      {"--label-regex", !options.label_regex.empty(), {folder}},
      {"--group-regex", !options.group_regex.empty(), {folder}},
      {"--label-from", options.regex_subject != absent.regex_subject, {folder}},
      {"--table", !options.table.empty(), {table, annotations}},
      {"--valid-table", !options.valid_table.empty(), {table, annotations}},
      {"--test-table", !options.test_table.empty(), {table, annotations}},
      {"--rows", options.rows != absent.rows, {table}},
      {"--class-names",
       !options.class_names.empty(),
       {folder, table, annotations, webdataset, arrays, idx}},
      {"--valid-labels", !options.valid_labels.empty(), {folder}},
      {"--class-list", !options.class_list.empty(), {folder}},
      {"--find-by-name", options.find_by_name, {table, annotations}},
      {"--path-column", !options.path_column.empty(), {table}},
      {"--label-columns", !options.label_columns.empty(), {table, webdataset}},
      {"--split-column", !options.split_column.empty(), {table}},
      {"--separator", !options.separator.empty(), {table}},
      {"--path-prefix", !options.path_prefix.empty(), {table, annotations}},
      {"--path-suffix", !options.path_suffix.empty(), {table, annotations}},
      {"--allow-outside", options.allow_outside, {table, annotations}},
      {"--label-separator", !options.label_separator.empty(), {table, webdataset}},
      {"--target-regex", !options.target_regex.empty(), {table, webdataset}},
      {"--target-min", options.target_min.has_value(), {table, webdataset, arrays}},
      {"--target-max", options.target_max.has_value(), {table, webdataset, arrays}},
      {"--group", !options.group_column.empty(), {table}},
      {"--images-dataset", options.images_dataset != absent.images_dataset, {arrays}},
      {"--labels-dataset", options.labels_dataset != absent.labels_dataset, {arrays}},
      {"--valid-list",
       !options.valid_list.empty(),
       {folder, table, annotations, webdataset, arrays, idx}},
      {"--test-list",
       !options.test_list.empty(),
       {folder, table, annotations, webdataset, arrays, idx}},
      {"--fix", !options.fix.empty(), {folder, table, annotations, webdataset, arrays, idx}},
      {"--limit", options.limit > 0, {folder, table, annotations, webdataset, arrays, idx}},
      {"--samples", options.samples.has_value(), {synthetic}},
      {"--size", options.size.has_value(), {synthetic}},
      {"--channels", options.channels.has_value(), {synthetic}},
  };
}

}  // namespace

SourceKind find_source_kind(const SourceOptions& options) {
  if (options.synthetic) {
    check(options.source.empty(), ExitCode::usage,
          "both SOURCE ('{}') and --synthetic are given; --synthetic draws its images and takes no "
          "SOURCE: leave one of them out",
          options.source.string());
    return SourceKind::synthetic;
  }
  check(
      !options.source.empty(), ExitCode::usage,
      "no SOURCE is given: name a folder, a table or an HDF5 file, or let --synthetic draw images");
  std::error_code ignored;
  const bool is_archive = find_archives(options.source).has_value();
  check(is_archive || fs::exists(options.source, ignored), ExitCode::data,
        "no images at '{}': no such file or directory", options.source.string());
  const bool is_file_of_archive =
      is_archive && (is_table(options.source) || is_annotations(options.source));
  const bool is_folder =
      (is_archive || fs::is_directory(options.source, ignored)) && !is_file_of_archive;
  if (!options.table.empty()) {
    check(is_folder, ExitCode::usage,
          "'{}' is not a directory; with --table, SOURCE is the folder of the files",
          options.source.string());
    const fs::path beside = options.source / options.table;
    check(fs::exists(options.table, ignored) || !fs::exists(beside, ignored), ExitCode::usage,
          "there is no table '{}'; '{}' exists: --table takes a path from where you are",
          options.table.string(), beside.string());
    return is_annotations(options.table) ? SourceKind::annotations : SourceKind::table;
  }
  if (is_archive && is_folder) return SourceKind::folder;
  if (is_folder) return has_idx_files(options.source) ? SourceKind::idx : SourceKind::folder;
  if (is_table(options.source)) return SourceKind::table;
  if (is_annotations(options.source)) return SourceKind::annotations;
  check(is_array_file(options.source), ExitCode::usage,
        "'{}' is neither a folder nor an archive (.zip, .tar, .tar.gz, .7z) nor a table (.csv, "
        ".tsv) nor annotations (.json) nor an HDF5 file (.h5, .hdf5). A "
        "table of another name is given with --table, and the folder of its files as SOURCE",
        options.source.string());
  return SourceKind::arrays;
}

void check_source_options(SourceKind kind, const SourceOptions& options) {
  const std::string source =
      kind == SourceKind::synthetic
          ? std::string(name_of(kind))
          : fmt::format("'{}', which is {}", options.source.string(), name_of(kind));
  for (const OptionUse& use : list_uses(options)) {
    if (!use.given || std::ranges::find(use.taken_by, kind) != use.taken_by.end()) continue;
    std::string kinds;
    for (const SourceKind taker : use.taken_by) {
      kinds += fmt::format("{}{}", kinds.empty() ? "" : " or ", name_of(taker));
    }
    fail(ExitCode::usage, "{} does not go with {}; it is for {}{}", use.option, source, kinds,
         kind == SourceKind::folder && kinds.find("table") != std::string::npos
             ? " (give one with --table)"
             : "");
  }
  check_target_options(options);
  check(!options.unlabelled || options.label_regex.empty(), ExitCode::usage,
        "--label-regex gives labels, and --unlabelled takes none; leave one of them out");
}

}  // namespace lockstep
