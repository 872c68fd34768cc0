#pragma once

#include <string>
#include <vector>

#include "launcher/history/metrics_table.h"

namespace lockstep {

/// The keys of these lines, those that people look at first: of a table of epochs or of steps.
std::vector<std::string> known_columns(const MetricsTable& lines, const std::string& main_metric);

/// A table of lines of metrics, one row for each.
///
///     const HistoryTable table(lines, 0, columns_that_fit(lines, 0, known, 80));
///     print(table.head());
///     for (std::size_t i = 0; i < lines.size(); ++i) print(table.row(lines, i));
class HistoryTable {
 public:
  /// Columns as wide as the lines from `first` on need.
  HistoryTable(const MetricsTable& lines, std::size_t first, std::vector<std::string> keys);

  std::string head() const;
  std::string row(const MetricsTable& lines, std::size_t line) const;
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  std::vector<std::string> keys_;
  std::vector<std::size_t> widths_;
};

/// Those of `keys` that fit into `columns`, in their order: what does not is left out.
std::vector<std::string> columns_that_fit(const MetricsTable& lines, std::size_t first,
                                          const std::vector<std::string>& keys, int columns);

/// A value as a table shows it.
std::string cell_text(const MetricsTable& lines, std::size_t line, const std::string& key);

}  // namespace lockstep
