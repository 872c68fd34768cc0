#include "launcher/history/history_table.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <set>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "analysis/figure_text.h"
#include "core/printable.h"

namespace lockstep {
namespace {

constexpr std::size_t kBetween = 2;
constexpr std::size_t kLeastWidth = 6;  // a later number may be longer

/// What stands above a column.
std::string title_of(const std::string& key) {
  if (key == "images_per_second") return "images/s";
  return printable(key);
}

/// Of several runs, "a:valid/accuracy".
bool is_fraction_key(std::string_view key) { return is_fraction(key.substr(key.rfind(':') + 1)); }

std::string number_text(const std::string& key, double value) {
  if (key == "images_per_second") return fmt::format("{:.0f}", value);
  if (key.ends_with("seconds")) return fmt::format("{:.1f}", value);
  if (key == "lr") return fmt::format("{:.3g}", value);
  if (is_fraction_key(key)) return percent_text(value);
  if (key == "epoch" || key == "step") return fmt::format("{:.6g}", std::round(value * 100) / 100);
  const double size = std::abs(value);
  const bool is_plain = value == 0 || (size >= 1e-3 && size < 1e4);
  return is_plain ? fmt::format("{:.4f}", value) : fmt::format("{:.3e}", value);
}

/// Of the column `key` in the lines from `first` on.
std::size_t width_of(const std::string& key, const MetricsTable& lines, std::size_t first) {
  std::size_t width = std::max(title_of(key).size(), kLeastWidth);
  for (std::size_t i = first; i < lines.size(); ++i) {
    width = std::max(width, cell_text(lines, i, key).size());
  }
  return width;
}

}  // namespace

std::string cell_text(const MetricsTable& lines, std::size_t line, const std::string& key) {
  const MetricsColumn* const column = lines.column(key);
  const std::optional<double> value = column == nullptr ? std::nullopt : column->at(line);
  if (!value) return "";
  if (std::isnan(*value)) return "nan";
  constexpr double kYear9999 = 253370764800;
  if (key == "time" && *value >= 0 && *value < kYear9999) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(*value)));
  }
  return column->is_whole() ? fmt::format("{:.0f}", *value) : number_text(key, *value);
}

std::vector<std::string> known_columns(const MetricsTable& lines, const std::string& main_metric) {
  const std::vector<std::string> keys = lines.keys();
  std::set<std::string> there(keys.begin(), keys.end());
  std::vector<std::string> columns;
  const auto add = [&](const std::string& key) {
    if (there.erase(key) > 0) columns.push_back(key);
  };
  for (const char* key : {"epoch", "step", "loss", "train/loss", "valid/loss"}) add(key);
  for (const char* split : {"", "valid/", "train/"}) add(split + main_metric);
  for (const char* key : {"lr", "images_per_second"}) add(key);
  for (const char* split : {"valid/", "valid_ema/", "train_eval/", "gap/", "train/"}) {
    const std::set<std::string> left = there;
    for (const std::string& key : left) {
      if (key.starts_with(split) && !key.ends_with("/count")) add(key);
    }
  }
  for (const std::string& key : std::set<std::string>(there)) add(key);
  return columns;
}

std::vector<std::string> columns_that_fit(const MetricsTable& lines, std::size_t first,
                                          const std::vector<std::string>& keys, int columns) {
  // What hardly anybody looks at needs to be asked for.
  const auto is_obvious = [&](const std::string& key) {
    for (std::size_t i = first; i < lines.size(); ++i) {
      const std::optional<double> value = lines.cell(i, key);
      if (value && !may_be_obvious(key, *value)) return false;
    }
    return true;
  };
  const auto is_rare = [&](const std::string& key) {
    return key.ends_with("seconds") || key.ends_with("/count") || key == "time" || is_obvious(key);
  };
  std::vector<std::string> fitting;
  std::size_t left = static_cast<std::size_t>(std::max(columns, 0)) + kBetween;
  for (const std::string& key : keys) {
    const std::size_t width = width_of(key, lines, first) + kBetween;
    if (is_rare(key) || width > left) continue;
    left -= width;
    fitting.push_back(key);
  }
  return fitting;
}

HistoryTable::HistoryTable(const MetricsTable& lines, std::size_t first,
                           std::vector<std::string> keys)
    : keys_(std::move(keys)) {
  for (const std::string& key : keys_) widths_.push_back(width_of(key, lines, first));
}

std::string HistoryTable::head() const {
  std::string text;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    text += fmt::format("{:{}}{:>{}}", "", i == 0 ? 0 : kBetween, title_of(keys_[i]), widths_[i]);
  }
  return text + "\n";
}

std::string HistoryTable::row(const MetricsTable& lines, std::size_t line) const {
  std::string text;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    text += fmt::format("{:{}}{:>{}}", "", i == 0 ? 0 : kBetween, cell_text(lines, line, keys_[i]),
                        widths_[i]);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

}  // namespace lockstep
