#include "launcher/history/metrics_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace lockstep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void MetricsColumn::add(std::size_t row, double value, bool is_whole) {
  const bool follows = !stretches_.empty() &&
                       row - stretches_.back().row == values_.size() - stretches_.back().begin;
  if (!follows) stretches_.push_back({row, values_.size()});
  values_.push_back(value);
  is_whole_ = is_whole_ && (is_whole || std::isnan(value));
}

std::optional<double> MetricsColumn::at(std::size_t row) const {
  const auto next = std::ranges::upper_bound(stretches_, row, {}, &Stretch::row);
  if (next == stretches_.begin()) return std::nullopt;
  const Stretch& stretch = *(next - 1);
  const std::size_t end = next == stretches_.end() ? values_.size() : next->begin;
  const std::size_t place = stretch.begin + (row - stretch.row);
  return place < end ? std::optional(values_[place]) : std::nullopt;
}

void MetricsTable::add(const nlohmann::json& line) {
  add_line();
  for (const auto& [key, value] : line.items()) {
    if (value.is_null()) set(key, kNaN, /*is_whole=*/false);
    if (value.is_number()) set(key, value.get<double>(), value.is_number_integer());
  }
}

void MetricsTable::set(const std::string& key, double value, bool is_whole) {
  columns_[key].add(size_ - 1, value, is_whole);
}

std::vector<std::string> MetricsTable::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, column] : columns_) keys.push_back(key);
  return keys;
}

const MetricsColumn* MetricsTable::column(const std::string& key) const {
  const auto found = columns_.find(key);
  return found == columns_.end() ? nullptr : &found->second;
}

std::optional<double> MetricsTable::cell(std::size_t row, const std::string& key) const {
  const MetricsColumn* const found = column(key);
  return found == nullptr ? std::nullopt : found->at(row);
}

std::size_t MetricsTable::same_lines(const MetricsTable& other) const {
  std::set<std::string> keys;
  for (const MetricsTable* table : {this, &other}) {
    for (const auto& [key, column] : table->columns_) keys.insert(key);
  }
  const auto is_same = [&](std::size_t row) {
    return std::ranges::all_of(keys, [&](const std::string& key) {
      const std::optional<double> one = cell(row, key), two = other.cell(row, key);
      const bool are_null = one && two && std::isnan(*one) && std::isnan(*two);
      return one == two || are_null;
    });
  };
  std::size_t row = 0;
  while (row < std::min(size_, other.size_) && is_same(row)) ++row;
  return row;
}

double MetricsTable::number(std::size_t row, const std::string& key) const {
  return cell(row, key).value_or(kNaN);
}

}  // namespace lockstep
