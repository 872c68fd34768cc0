#pragma once

#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep {

/// The keys of these lines, those that people look at first: of a table of epochs or of steps.
std::vector<std::string> known_columns(std::span<const nlohmann::json> lines,
                                       const std::string& main_metric);

/// A table of lines of metrics, one row for each.
///
///     const HistoryTable table(lines, columns_that_fit(lines, known, 80));
///     print(table.head());
///     for (const nlohmann::json& line : lines) print(table.row(line));
class HistoryTable {
 public:
  /// Columns as wide as `lines` need.
  HistoryTable(std::span<const nlohmann::json> lines, std::vector<std::string> keys);

  std::string head() const;
  std::string row(const nlohmann::json& line) const;
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  std::vector<std::string> keys_;
  std::vector<std::size_t> widths_;
};

/// Those of `keys` that fit into `columns`, in their order: what does not is left out.
std::vector<std::string> columns_that_fit(std::span<const nlohmann::json> lines,
                                          const std::vector<std::string>& keys, int columns);

/// A value as a table shows it.
std::string cell_text(const std::string& key, const nlohmann::json& line);

}  // namespace lockstep
