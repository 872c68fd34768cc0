#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockstep {

/// The values of one key in the lines of a table. What is not there takes no memory.
class MetricsColumn {
 public:
  /// Rows rise. `is_whole`: it was written as a whole number.
  void add(std::size_t row, double value, bool is_whole);

  /// std::nullopt where the row has none; NaN where it is null.
  std::optional<double> at(std::size_t row) const;
  /// Whether all of them were written as whole numbers.
  bool is_whole() const { return is_whole_; }

 private:
  /// Rows that follow each other.
  struct Stretch {
    std::size_t row = 0;    ///< the first
    std::size_t begin = 0;  ///< of its values
  };
  std::vector<double> values_;
  std::vector<Stretch> stretches_;
  bool is_whole_ = true;
};

/// The numbers of lines of one kind, a column for each key: eight bytes for a number. Texts are
/// left out.
///
///     MetricsTable table;
///     table.add({{"step", 5}, {"loss", 0.5}});
///     table.cell(0, "loss");  // 0.5
class MetricsTable {
 public:
  void add(const nlohmann::json& line);
  /// A line without values; `set` gives the last one a key that it does not have.
  void add_line() { ++size_; }
  void set(const std::string& key, double value, bool is_whole);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::vector<std::string> keys() const;  ///< sorted
  /// nullptr where no line has the key.
  const MetricsColumn* column(const std::string& key) const;
  std::optional<double> cell(std::size_t row, const std::string& key) const;
  /// How many lines from the first on are those of `other`, too.
  std::size_t same_lines(const MetricsTable& other) const;
  /// NaN where there is none.
  double number(std::size_t row, const std::string& key) const;

 private:
  std::size_t size_ = 0;
  std::map<std::string, MetricsColumn> columns_;
};

}  // namespace lockstep
