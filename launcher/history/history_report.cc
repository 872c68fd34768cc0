#include "launcher/history/history_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/ranges.h>

#include "analysis/figure_text.h"
#include "core/error.h"
#include "core/suggest.h"
#include "launcher/history/text_chart.h"

namespace lockstep {
namespace {

void check_columns(const std::vector<std::string>& columns, const std::vector<std::string>& known) {
  for (const std::string& column : columns) {
    check(std::ranges::find(known, column) != known.end(), ExitCode::usage,
          "--columns: the lines have no '{}'{}; they have {}", column, did_you_mean(column, known),
          fmt::to_string(fmt::join(known, ", ")));
  }
}

std::string metric_of(const RunHistory& history, const HistoryView& view) {
  return view.metric.empty() ? main_metric(history) : view.metric;
}

TextSeries series_of(const std::vector<nlohmann::json>& lines, const std::string& key,
                     std::string name, char mark) {
  TextSeries series{.name = std::move(name), .mark = mark};
  for (const nlohmann::json& line : lines) {
    const double value = number_in(line, key);
    if (!std::isnan(value)) series.points.emplace_back(number_in(line, "epoch"), value);
  }
  return series;
}

ChartUnit unit_of(const std::string& metric) {
  return is_fraction(metric) ? ChartUnit::percent : ChartUnit::number;
}

/// A metric ("loss") over the epochs: of training as a line, by steps where they are logged, of
/// validation as marks.
std::string chart_of(const RunHistory& history, const std::string& metric, const TextStyle& style) {
  const bool has_steps = history.steps.size() > 1;
  const std::vector<TextSeries> series = {
      has_steps ? series_of(history.steps, metric, "train/" + metric, 0)
                : series_of(history.epochs, "train/" + metric, "train/" + metric, 0),
      series_of(history.epochs, "valid/" + metric, "valid/" + metric, 'o')};
  return text_chart("epoch", series, style, unit_of(metric));
}

char letter_of(std::size_t run) { return static_cast<char>('a' + static_cast<char>(run)); }

/// Of several runs, the key by which they are compared.
std::string key_of(const std::vector<NamedHistory>& runs, const std::string& metric,
                   HistoryLines lines) {
  if (lines == HistoryLines::steps) return metric;
  const bool has_valid = std::ranges::any_of(runs, [&](const NamedHistory& run) {
    return std::ranges::any_of(run.history.epochs, [&](const nlohmann::json& line) {
      return line.contains("valid/" + metric);
    });
  });
  return (has_valid ? "valid/" : "train/") + metric;
}

std::string comparing_chart(const std::vector<NamedHistory>& runs, const HistoryView& view,
                            const std::string& key, const TextStyle& style) {
  std::vector<TextSeries> series;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunHistory& history = runs[i].history;
    series.push_back(series_of(view.lines == HistoryLines::steps ? history.steps : history.epochs,
                               key, fmt::format("{} {}", runs[i].run.string(), key), letter_of(i)));
  }
  return text_chart("epoch", series, style, unit_of(key));
}

/// The lines of all runs with one key for each run and column: "a:valid/loss".
std::vector<nlohmann::json> joined_lines(const std::vector<NamedHistory>& runs,
                                         const HistoryView& view,
                                         const std::vector<std::string>& columns) {
  const char* const key = view.lines == HistoryLines::steps ? "step" : "epoch";
  std::map<double, nlohmann::json> rows;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const nlohmann::json& line : lines_of(runs[i].history, {.lines = view.lines})) {
      nlohmann::json& row = rows[number_in(line, key)];
      row[key] = line.at(key);
      for (const std::string& column : columns) {
        if (line.contains(column))
          row[fmt::format("{}:{}", letter_of(i), column)] = line.at(column);
      }
    }
  }
  std::vector<nlohmann::json> lines;
  for (auto& [place, row] : rows) lines.push_back(std::move(row));
  if (view.last > 0 && lines.size() > view.last)
    lines.erase(lines.begin(), lines.end() - view.last);
  return lines;
}

std::string text_of(const HistoryTable& table, const std::vector<nlohmann::json>& lines) {
  std::string text = table.head();
  for (const nlohmann::json& line : lines) text += table.row(line);
  return text;
}

/// What a reader may ask for, too.
std::string left_out_text(const std::vector<std::string>& known,
                          const std::vector<std::string>& shown) {
  std::vector<std::string> left_out;
  for (const std::string& key : known) {
    if (std::ranges::find(shown, key) == shown.end()) left_out.push_back(printable(key));
  }
  if (left_out.empty()) return {};
  return fmt::format("--columns shows more: {}\n", fmt::join(left_out, ", "));
}

}  // namespace

std::vector<nlohmann::json> lines_of(const RunHistory& history, const HistoryView& view) {
  const auto& all = view.lines == HistoryLines::epochs ? history.epochs : history.steps;
  const std::size_t count = view.last == 0 ? all.size() : std::min(view.last, all.size());
  return {all.end() - static_cast<std::ptrdiff_t>(count), all.end()};
}

HistoryTable table_of(const std::vector<nlohmann::json>& lines, const RunHistory& history,
                      const HistoryView& view, const TextStyle& style) {
  const std::vector<std::string> known = known_columns(lines, metric_of(history, view));
  if (view.columns.empty()) {
    return HistoryTable(lines, columns_that_fit(lines, known, style.columns));
  }
  check_columns(view.columns, known);
  return HistoryTable(lines, view.columns);
}

std::string rollbacks_text(const RunHistory& history) {
  std::string text;
  for (const nlohmann::json& line : history.rollbacks) {
    const auto reason = line.find("reason");
    text += fmt::format(
        "rollback {} to step {}: {}\n", cell_text("number", line), cell_text("step", line),
        reason != line.end() && reason->is_string() ? printable(reason->get<std::string>()) : "");
  }
  return text;
}

std::string charts_text(const RunHistory& history, const HistoryView& view,
                        const TextStyle& style) {
  std::string text = chart_of(history, "loss", style);
  const std::string metric = metric_of(history, view);
  if (!metric.empty() && metric != "loss")
    text.append("\n").append(chart_of(history, metric, style));
  return text;
}

std::string history_text(const NamedHistory& run, const HistoryView& view, const TextStyle& style) {
  const std::vector<nlohmann::json> lines = lines_of(run.history, view);
  std::string text = view.lines == HistoryLines::epochs
                         ? "no epoch has ended yet; --steps shows the steps that were logged\n"
                         : "no step was logged; log.every_steps says how often one is\n";
  if (!lines.empty()) {
    const HistoryTable table = table_of(lines, run.history, view, style);
    text = text_of(table, lines);
    if (view.columns.empty()) {
      text += left_out_text(known_columns(lines, metric_of(run.history, view)), table.keys());
    }
  }
  return text + rollbacks_text(run.history) + "\n" + charts_text(run.history, view, style);
}

std::string histories_text(const std::vector<NamedHistory>& runs, const HistoryView& view,
                           const TextStyle& style) {
  const std::string metric = metric_of(runs.front().history, view);
  std::vector<std::string> keys = {key_of(runs, "loss", view.lines)};
  if (!metric.empty()) keys.push_back(key_of(runs, metric, view.lines));
  const std::vector<std::string> columns = view.columns.empty() ? keys : view.columns;
  std::string text;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    text += fmt::format("{}  {}\n", letter_of(i), printable(runs[i].run.string()));
  }
  std::vector<nlohmann::json> all;
  for (const NamedHistory& run : runs) {
    for (nlohmann::json& line : lines_of(run.history, {.lines = view.lines})) {
      all.push_back(std::move(line));
    }
  }
  check_columns(view.columns, known_columns(all, metric));
  std::vector<std::string> table_keys = {view.lines == HistoryLines::steps ? "step" : "epoch"};
  for (const std::string& column : columns) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      table_keys.push_back(fmt::format("{}:{}", letter_of(i), column));
    }
  }
  const std::vector<nlohmann::json> lines = joined_lines(runs, view, columns);
  text.append("\n").append(text_of(HistoryTable(lines, table_keys), lines));
  for (const std::string& key : keys)
    text.append("\n").append(comparing_chart(runs, view, key, style));
  return text;
}

nlohmann::json to_json(const std::vector<NamedHistory>& runs) {
  nlohmann::json list = nlohmann::json::array();
  for (const NamedHistory& run : runs) {
    list.push_back({{"run", run.run.string()},
                    {"epochs", run.history.epochs},
                    {"steps", run.history.steps},
                    {"rollbacks", run.history.rollbacks}});
  }
  return {{"runs", std::move(list)}};
}

}  // namespace lockstep
