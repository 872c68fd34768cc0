#include "sharding/table/table_listing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "sharding/table/delimited_text.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTableBytes = std::uint64_t{4} << 30;

constexpr std::array<std::string_view, 9> kPathColumns{"path",      "file",       "filename",
                                                       "file_name", "filepath",   "file_path",
                                                       "image",     "image_path", "name"};
constexpr std::array<std::string_view, 6> kLabelColumns{"label",  "class",     "category",
                                                        "target", "diagnosis", "class_name"};
constexpr std::string_view kSplitColumn = "split";

/// The whole of `text` as a finite number.
std::optional<float> parse_number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

/// The numbers of a table's columns.
struct Columns {
  std::size_t path = 0;
  std::vector<std::size_t> labels;
  std::optional<std::size_t> split;
  std::optional<std::size_t> group;
};

class TableLister {
 public:
  TableLister(const SourceOptions& options, fs::path file)
      : options_(options),
        file_(std::move(file)),
        text_(read_file(file_, ExitCode::data, kMaxTableBytes)),
        rows_(text_, file_.extension() == ".csv" ? ',' : '\t') {}

  SourceListing list() {
    check(rows_.next(header_), ExitCode::data, "it is empty; its first row names the columns");
    columns_ = find_columns();
    listing_.has_groups = columns_.group.has_value();
    listing_.label = find_label_type();
    if (listing_.label.has_targets()) listing_.label_names = names_of(columns_.labels);
    std::vector<std::string> fields;
    while (rows_.next(fields)) add_row(fields);
    check(!listing_.records.empty() || !listing_.faults.empty(), ExitCode::data,
          "it has a header and no rows");
    record_options();
    return std::move(listing_);
  }

 private:
  std::optional<std::size_t> find_column(std::string_view name) const {
    const auto found = std::ranges::find(header_, name);
    if (found == header_.end()) return std::nullopt;
    check(std::find(found + 1, header_.end(), name) == header_.end(), ExitCode::data,
          "it has two columns named '{}'", name);
    return static_cast<std::size_t>(found - header_.begin());
  }

  std::size_t require_column(std::string_view name, std::string_view option) const {
    const auto found = find_column(name);
    check(found.has_value(), ExitCode::usage, "it has no column '{}' ({}); its columns are: {}",
          name, option, fmt::join(header_, ", "));
    return *found;
  }

  std::size_t find_first_column(std::span<const std::string_view> names, std::string_view what,
                                std::string_view option) const {
    for (const std::string_view name : names) {
      if (const auto found = find_column(name)) return *found;
    }
    fail(ExitCode::usage, "which column has the {}? Name it with {}; its columns are: {}", what,
         option, fmt::join(header_, ", "));
  }

  Columns find_columns() const {
    Columns columns;
    columns.path = options_.path_column.empty()
                       ? find_first_column(kPathColumns, "files", "--path-column")
                       : require_column(options_.path_column, "--path-column");
    for (const std::string& name : options_.label_columns) {
      const std::size_t column = require_column(name, "--label-columns");
      check(!name.empty(), ExitCode::usage, "--label-columns: a column needs a name");
      check(std::ranges::find(columns.labels, column) == columns.labels.end(), ExitCode::usage,
            "--label-columns names the column '{}' twice", name);
      columns.labels.push_back(column);
    }
    if (columns.labels.empty() && !options_.unlabelled) {
      columns.labels.push_back(
          find_first_column(kLabelColumns, "labels", "--label-columns (or pass --unlabelled)"));
    }
    columns.split = options_.split_column.empty()
                        ? find_column(kSplitColumn)
                        : require_column(options_.split_column, "--split-column");
    if (!options_.group_column.empty()) {
      columns.group = require_column(options_.group_column, "--group");
    }
    return columns;
  }

  std::vector<std::string> names_of(const std::vector<std::size_t>& columns) const {
    std::vector<std::string> names;
    for (const std::size_t column : columns) names.push_back(header_[column]);
    return names;
  }

  LabelType find_label_type() const {
    const LabelType type = label_type(options_, static_cast<std::uint32_t>(columns_.labels.size()));
    check(type.kind != LabelKind::int64 || columns_.labels.size() == 1, ExitCode::usage,
          "--label-columns names {} columns; a class is in one. For numbers pass --task "
          "regression, for flags --task multi_label",
          columns_.labels.size());
    return type;
  }

  void add_fault(FaultKind kind, const SourceRecord& record, std::string_view detail) {
    std::string text = fmt::format("line {}", rows_.line());
    if (!detail.empty()) text += fmt::format(": {}", detail);
    listing_.faults.push_back(listing_.fault(kind, record, std::move(text)));
  }

  void add_row(const std::vector<std::string>& fields) {
    SourceRecord record{.row = rows_.line(), .targets = {}};
    if (columns_.path < fields.size() && !fields[columns_.path].empty()) {
      record.path = fs::path(fields[columns_.path]).lexically_normal().string();
    }
    if (rows_.malformed() != nullptr) {
      return add_fault(FaultKind::malformed_row, record, rows_.malformed());
    }
    if (fields.size() != header_.size()) {
      return add_fault(
          FaultKind::malformed_row, record,
          fmt::format("{} fields where the header has {}", fields.size(), header_.size()));
    }
    if (record.path.empty()) {
      return add_fault(FaultKind::malformed_row, record, "no path");
    }
    if (options_.unlabelled) record.split = SourceSplit::test;
    if (columns_.split && !set_split(fields[*columns_.split], record)) return;
    if (columns_.group && !fields[*columns_.group].empty()) {
      record.group = listing_.groups.add(fields[*columns_.group]);
    }
    if (set_label(fields, record)) listing_.records.push_back(std::move(record));
  }

  bool set_split(const std::string& text, SourceRecord& record) {
    record.split = parse_split(text);
    if (record.split != SourceSplit::unset) return true;
    add_fault(FaultKind::bad_split, record,
              fmt::format("'{}'; train, valid or test is needed", text));
    return false;
  }

  /// A record without a class is let through: what is done about it is the same for every source.
  bool set_label(const std::vector<std::string>& fields, SourceRecord& record) {
    if (listing_.label.kind == LabelKind::int64) {
      const std::string& label = fields[columns_.labels[0]];
      if (!label.empty()) record.label = listing_.labels.add(label);
      return true;
    }
    for (const std::size_t column : columns_.labels) {
      const std::string& text = fields[column];
      const std::optional<float> value = parse_number(text);
      const bool is_flag = value == 0.0f || value == 1.0f;
      const bool good = listing_.label.kind == LabelKind::uint8 ? is_flag : value.has_value();
      if (!good) {
        add_fault(text.empty() ? FaultKind::no_label : FaultKind::bad_target, record,
                  fmt::format("column '{}' is '{}'", header_[column], text));
        return false;
      }
      record.targets.push_back(*value);
    }
    return true;
  }

  void record_options() {
    PackOptionsRecord& record = listing_.options;
    record["source"] = "table";
    record["path_column"] = header_[columns_.path];
    const std::vector<std::string> labels = names_of(columns_.labels);
    if (!labels.empty()) record["label_columns"] = fmt::format("{}", fmt::join(labels, ","));
    if (columns_.split) record["split_column"] = header_[*columns_.split];
    if (columns_.group) record["group_column"] = header_[*columns_.group];
    if (columns_.split && options_.split_column.empty()) {
      listing_.notes.push_back(
          fmt::format("the splits are those of the column '{}'", kSplitColumn));
    }
  }

  const SourceOptions& options_;
  fs::path file_;
  std::string text_;
  DelimitedText rows_;
  std::vector<std::string> header_;
  Columns columns_;
  SourceListing listing_;
};

}  // namespace

bool is_table(const fs::path& path) {
  constexpr std::array<std::string_view, 3> kExtensions{".csv", ".tsv", ".tab"};
  return std::ranges::find(kExtensions, path.extension().string()) != kExtensions.end();
}

fs::path table_root(const SourceOptions& options) {
  return options.table.empty() ? options.source.parent_path() : options.source;
}

SourceListing list_table(const SourceOptions& options) {
  const fs::path file = options.table.empty() ? options.source : options.table;
  try {
    return TableLister(options, file).list();
  } catch (const UnreadableFile&) {
    throw;
  } catch (const Error& error) {
    const std::string_view message = error.what();
    if (message.find(file.string()) != std::string_view::npos) throw;
    fail(error.code(), "the table '{}': {}", file.string(), message);
  }
}

}  // namespace lockstep
