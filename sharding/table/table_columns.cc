#include "sharding/table/table_columns.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/ranges.h>

#include "core/error.h"
#include "sharding/source/image_name.h"
#include "sharding/source/label_name.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 13> kPathColumns{
    "path",       "file", "filename", "file_name",  "filepath", "file_path", "image",
    "image_path", "name", "image_id", "image_name", "img",      "id"};
constexpr std::array<std::string_view, 8> kLabelColumns{
    "label", "class", "category", "target", "diagnosis", "class_name", "labels", "tags"};
constexpr std::array<std::string_view, 2> kSplitColumns{"split", "is_valid"};

class ColumnFinder {
 public:
  explicit ColumnFinder(const std::vector<std::string>& header) : header_(header) {}

  std::optional<std::size_t> find(std::string_view name) const {
    const std::vector<std::size_t> exact =
        columns([&](const std::string& column) { return column == name; });
    check(exact.size() <= 1, ExitCode::data, "it has two columns named '{}'", name);
    if (!exact.empty()) return exact[0];
    const std::string lower = without_case(name);
    const std::vector<std::size_t> alike =
        columns([&](const std::string& column) { return without_case(column) == lower; });
    if (alike.empty()) return std::nullopt;
    check(alike.size() == 1, ExitCode::data, "it has two columns named '{}': '{}' and '{}'", name,
          header_[alike[0]], header_[alike.back()]);
    return alike[0];
  }

  std::size_t require(const std::string& name, std::string_view option) const {
    const auto found = find(clean_name(name));
    check(found.has_value(), ExitCode::usage, "it has no column '{}' ({}); its columns are: {}{}",
          name, option, fmt::join(header_, ", "), hint());
    return *found;
  }

  std::size_t first_of(std::span<const std::string_view> names, std::string_view what,
                       std::string_view option) const {
    for (const std::string_view name : names) {
      if (const auto found = find(name)) return *found;
    }
    fail(ExitCode::usage, "which column has the {}? Name it with {}; its columns are: {}{}", what,
         option, fmt::join(header_, ", "), hint());
  }

 private:
  template <typename Match>
  std::vector<std::size_t> columns(const Match& matches) const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (matches(header_[i])) result.push_back(i);
    }
    return result;
  }

  std::string_view hint() const {
    const bool is_row = std::ranges::any_of(
        header_, [](const std::string& name) { return format_by_name(name).has_value(); });
    if (is_row) return " (that looks like a row; the first line must name the columns)";
    return header_.size() == 1 ? " (one alone: is the separator another? --separator names it)"
                               : "";
  }

  const std::vector<std::string>& header_;
};

}  // namespace

TableColumns find_columns(const std::vector<std::string>& header, const SourceOptions& options) {
  const ColumnFinder finder(header);
  TableColumns columns;
  columns.path = options.path_column.empty()
                     ? finder.first_of(kPathColumns, "files", "--path-column")
                     : finder.require(options.path_column, "--path-column");
  for (const std::string& name : options.label_columns) {
    const std::size_t column = finder.require(name, "--label-columns");
    check(!name.empty(), ExitCode::usage, "--label-columns: a column needs a name");
    check(std::ranges::find(columns.labels, column) == columns.labels.end(), ExitCode::usage,
          "--label-columns names the column '{}' twice", name);
    columns.labels.push_back(column);
  }
  if (columns.labels.empty() && !options.unlabelled) {
    columns.labels.push_back(
        finder.first_of(kLabelColumns, "labels", "--label-columns (or pass --unlabelled)"));
  }
  columns.split_was_named = !options.split_column.empty();
  if (columns.split_was_named) {
    columns.split = finder.require(options.split_column, "--split-column");
  }
  for (const std::string_view name : kSplitColumns) {
    if (!columns.split) columns.split = finder.find(name);
  }
  if (!options.group_column.empty())
    columns.group = finder.require(options.group_column, "--group");
  return columns;
}

}  // namespace lockstep
