#include "sharding/table/table_listing.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/ranges.h>

#include "core/ascii.h"
#include "core/error.h"
#include "core/file.h"
#include "sharding/source/image_name.h"
#include "sharding/source/label_name.h"
#include "sharding/source/target_range.h"
#include "sharding/table/delimited_text.h"
#include "sharding/table/label_cells.h"
#include "sharding/table/row_files.h"
#include "sharding/table/table_columns.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// What a flag in the column `name` says: True or 1 that a row is for validation (in `is_test`, for
/// test), False or 0 that it is to train on. A number alone is a flag only in a column that is
/// called like one: it may also number folds.
SourceSplit parse_split_flag(std::string_view text, std::string_view name) {
  const std::string flag = ascii_lower(text);
  const std::string column = ascii_lower(name);
  const auto called = [&](std::string_view word) { return column.find(word) != std::string::npos; };
  const bool is_test = called("test");
  const bool is_named = is_test || called("valid") || called("val") || called("dev");
  if (called("train")) return SourceSplit::unset;
  const auto is_one_of = [&](std::string_view word, std::string_view digit) {
    return flag == word || (is_named && (flag == digit || flag == fmt::format("{}.0", digit)));
  };
  if (is_one_of("true", "1")) return is_test ? SourceSplit::test : SourceSplit::valid;
  return is_one_of("false", "0") ? SourceSplit::train : SourceSplit::unset;
}

class TableLister {
 public:
  TableLister(const SourceOptions& options, const FileTree& tree, const fs::path& file,
              std::string_view text)
      : options_(options),
        tree_(tree),
        folder_(file.stem()),
        rows_(text, options.separator.empty() ? find_separator(text, file)
                                              : parse_separator(options.separator)) {
    check(options.rows == TableRows::image ||
              (options.task == LabelTask::multilabel && options.label_columns.size() <= 1),
          ExitCode::usage,
          "--rows label gathers the flags of an image from its rows: it goes with --task "
          "multi_label and one of --label-columns");
  }

  SourceListing list() {
    check(rows_.next(header_), ExitCode::data, "it is empty; its first row names the columns");
    for (std::string& name : header_) name = clean_name(name);
    columns_ = find_columns(header_, options_);
    listing_.has_groups = columns_.group.has_value();
    listing_.is_table = true;
    const bool has_names = !options_.label_separator.empty() || options_.rows == TableRows::label;
    cells_.emplace(options_, names_of(columns_.labels),
                   has_names ? LabelCells::Flags::names : LabelCells::Flags::values);
    listing_.label = cells_->type();
    std::vector<std::string> fields;
    while (rows_.next(fields)) add_row(fields);
    check(!listing_.records.empty() || !listing_.faults.empty(), ExitCode::data,
          "it has a header and no rows");
    find_row_files(options_, tree_, folder_, EndingOf::all, listing_,
                   [&](FaultKind kind, const SourceRecord& record, std::string_view detail) {
                     add_fault(kind, record, detail);
                   });
    if (options_.rows == TableRows::label) gather_rows(listing_);
    cells_->finish(listing_);
    note_separators();
    record_options();
    return std::move(listing_);
  }

 private:
  std::vector<std::string> names_of(const std::vector<std::size_t>& columns) const {
    std::vector<std::string> names;
    for (const std::size_t column : columns) names.push_back(header_[column]);
    return names;
  }

  void add_fault(FaultKind kind, const SourceRecord& record, std::string_view detail) {
    std::string text = fmt::format("line {}", record.row);
    if (!detail.empty()) text += fmt::format(": {}", detail);
    listing_.faults.push_back(listing_.fault(kind, record, std::move(text)));
  }

  /// The record's path is the cell's text until find_files().
  void add_row(const std::vector<std::string>& fields) {
    SourceRecord record{.row = rows_.line(), .targets = {}};
    if (columns_.path < fields.size()) record.path = fields[columns_.path];
    if (rows_.malformed() != nullptr) {
      return add_fault(FaultKind::malformed_row, record, rows_.malformed());
    }
    if (fields.size() != header_.size()) {
      return add_fault(
          FaultKind::malformed_row, record,
          fmt::format("{} fields where the header has {}", fields.size(), header_.size()));
    }
    if (trimmed(record.path).empty()) {
      return add_fault(FaultKind::malformed_row, record, "no path");
    }
    if (options_.unlabelled) record.split = SourceSplit::test;
    if (columns_.split && !set_split(trimmed(fields[*columns_.split]), record)) return;
    if (columns_.group) set_group(fields[*columns_.group], record);
    std::vector<const std::string*> cells;
    for (const std::size_t column : columns_.labels) cells.push_back(&fields[column]);
    if (const auto problem = cells_->read(cells, record, listing_)) {
      return add_fault(problem->kind, record, problem->detail);
    }
    listing_.records.push_back(std::move(record));
  }

  bool set_split(std::string_view text, SourceRecord& record) {
    record.split = parse_split(text);
    if (record.split == SourceSplit::unset) {
      record.split = parse_split_flag(text, header_[*columns_.split]);
    }
    if (record.split != SourceSplit::unset) return true;
    add_fault(FaultKind::bad_split, record,
              fmt::format("'{}'; train, valid or test is needed", text));
    return false;
  }

  /// Rows without a value are no group of their own: all of them would go to one split.
  void set_group(std::string_view text, SourceRecord& record) {
    const std::string name = clean_name(text);
    if (!is_missing_value(name)) record.group = listing_.groups.add(name);
  }

  /// `A|B` as the name of a class is most likely two.
  void note_separators() {
    if (listing_.label.kind != LabelKind::int64) return;
    const auto is_joined = [](const std::string& name) {
      return name.find('|') != std::string::npos;
    };
    const auto joined = std::ranges::find_if(listing_.labels.names(), is_joined);
    if (joined == listing_.labels.names().end()) return;
    listing_.notes.push_back(
        fmt::format("the class '{}' looks like several in one cell; --task multi_label "
                    "--label-separator '|' makes flags of them",
                    *joined));
  }

  void record_options() {
    PackOptionsRecord& record = listing_.options;
    record["source"] = "table";
    record["path_column"] = header_[columns_.path];
    const std::vector<std::string> labels = names_of(columns_.labels);
    if (!labels.empty()) record["label_columns"] = fmt::format("{}", fmt::join(labels, ","));
    if (!options_.label_separator.empty()) record["label_separator"] = options_.label_separator;
    if (options_.rows != TableRows::image) record["rows"] = name_of(options_.rows);
    record_target_options(options_, record);
    if (columns_.split) record["split_column"] = header_[*columns_.split];
    if (columns_.group) record["group_column"] = header_[*columns_.group];
    if (columns_.split && !columns_.split_was_named) {
      listing_.notes.push_back(
          fmt::format("the splits are those of the column '{}'", header_[*columns_.split]));
    }
  }

  const SourceOptions& options_;
  const FileTree& tree_;
  std::string folder_;  ///< called like the table
  DelimitedText rows_;
  std::vector<std::string> header_;
  TableColumns columns_;
  std::optional<LabelCells> cells_;
  SourceListing listing_;
};

}  // namespace

bool is_table(const fs::path& path) {
  constexpr std::array<std::string_view, 3> kExtensions{".csv", ".tsv", ".tab"};
  return std::ranges::find(kExtensions, lower_extension(path)) != kExtensions.end();
}

fs::path table_root(const SourceOptions& options) {
  return options.table.empty() ? options.source.parent_path() : options.source;
}

SourceListing list_table(const SourceOptions& options, const FileTree& tree, const fs::path& file,
                         std::string_view text) {
  try {
    return TableLister(options, tree, file, text).list();
  } catch (const UnreadableFile&) {
    throw;
  } catch (const Error& error) {
    const std::string_view message = error.what();
    if (message.find(file.string()) != std::string_view::npos) throw;
    fail(error.code(), "the table '{}': {}", file.string(), message);
  }
}

}  // namespace lockstep
