#include "launcher/history/history_report.h"

#include <algorithm>
#include <cmath>
#include <limits>
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

TextSeries series_of(const MetricsTable& lines, const std::string& key, std::string name,
                     char mark) {
  TextSeries series{.name = std::move(name), .mark = mark};
  const MetricsColumn* const column = lines.column(key);
  for (std::size_t i = 0; column != nullptr && i < lines.size(); ++i) {
    const std::optional<double> value = column->at(i);
    if (value && !std::isnan(*value)) series.points.emplace_back(lines.number(i, "epoch"), *value);
  }
  return series;
}

ChartUnit unit_of(const std::string& metric) {
  return is_fraction(metric) ? ChartUnit::percent : ChartUnit::number;
}

/// What can be drawn of the steps: by these keys.
void add_step_metrics(const MetricsTable& steps, std::set<std::string>& names) {
  for (const std::string& key : steps.keys()) {
    if (key != "step" && key != "epoch" && key != "time") names.insert(key);
  }
}

/// Of the epochs: "loss" of "valid/loss".
void add_epoch_metrics(const MetricsTable& epochs, std::set<std::string>& names) {
  for (const std::string& key : epochs.keys()) {
    for (const std::string_view split : {"valid/", "train/"}) {
      if (key.starts_with(split)) names.insert(key.substr(split.size()));
    }
  }
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
    return run.history.epochs.column("valid/" + metric) != nullptr;
  });
  return (has_valid ? "valid/" : "train/") + metric;
}

std::string comparing_chart(const std::vector<NamedHistory>& runs, const HistoryView& view,
                            const std::string& key, const TextStyle& style) {
  std::vector<TextSeries> series;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    series.push_back(series_of(lines_of(runs[i].history, view), key,
                               fmt::format("{} {}", runs[i].run.string(), key), letter_of(i)));
  }
  return text_chart("epoch", series, style, unit_of(key));
}

const char* place_key(const HistoryView& view) {
  return view.lines == HistoryLines::steps ? "step" : "epoch";
}

struct PlacedLine {
  double place = 0;
  std::size_t line = 0;
};

/// Places rise; of several lines at one the last.
std::vector<PlacedLine> lines_by_place(const MetricsTable& lines, const HistoryView& view) {
  std::vector<PlacedLine> placed;
  for (std::size_t i = lines.size(); i-- > 0;) {
    placed.push_back({lines.number(i, place_key(view)), i});
  }
  std::ranges::stable_sort(placed, {}, &PlacedLine::place);
  const auto same = std::ranges::unique(placed, {}, &PlacedLine::place);
  placed.erase(same.begin(), same.end());
  return placed;
}

/// The lines of all runs with one key for each run and column: "a:valid/loss".
MetricsTable joined_lines(const std::vector<NamedHistory>& runs, const HistoryView& view,
                          const std::vector<std::string>& columns) {
  std::vector<std::vector<PlacedLine>> left;  // of each run, the next one last
  for (const NamedHistory& run : runs) {
    left.push_back(lines_by_place(lines_of(run.history, view), view));
    std::ranges::reverse(left.back());
  }
  MetricsTable joined;
  for (;;) {
    double place = std::numeric_limits<double>::infinity();
    for (const auto& lines : left) {
      if (!lines.empty()) place = std::min(place, lines.back().place);
    }
    if (std::isinf(place)) return joined;
    joined.add_line();
    joined.set(place_key(view), place, place == std::floor(place));
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (left[i].empty() || left[i].back().place != place) continue;
      const MetricsTable& lines = lines_of(runs[i].history, view);
      for (const std::string& column : columns) {
        if (const auto value = lines.cell(left[i].back().line, column)) {
          joined.set(fmt::format("{}:{}", letter_of(i), column), *value,
                     lines.column(column)->is_whole());
        }
      }
      left[i].pop_back();
    }
  }
}

void print_table(const HistoryTable& table, const MetricsTable& lines, std::size_t first,
                 const TextSink& print) {
  print(table.head());
  for (std::size_t i = first; i < lines.size(); ++i) print(table.row(lines, i));
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

const MetricsTable& lines_of(const RunHistory& history, const HistoryView& view) {
  return view.lines == HistoryLines::epochs ? history.epochs : history.steps;
}

std::size_t first_line(const MetricsTable& lines, const HistoryView& view) {
  return view.last == 0 ? 0 : lines.size() - std::min(view.last, lines.size());
}

HistoryTable table_of(const RunHistory& history, const HistoryView& view, const TextStyle& style) {
  const MetricsTable& lines = lines_of(history, view);
  const std::size_t first = first_line(lines, view);
  const std::vector<std::string> known = known_columns(lines, metric_of(history, view));
  if (view.columns.empty()) {
    return HistoryTable(lines, first, columns_that_fit(lines, first, known, style.columns));
  }
  check_columns(view.columns, known);
  return HistoryTable(lines, first, view.columns);
}

std::string rollbacks_text(const RunHistory& history) {
  std::string text;
  for (const RollbackLine& line : history.rollbacks) {
    text += fmt::format("rollback {} to step {:.0f}: {}\n",
                        std::isnan(line.number) ? "" : fmt::format("{:.0f}", line.number),
                        line.step, printable(line.reason));
  }
  return text;
}

void check_metric(std::span<const NamedHistory> runs, const HistoryView& view) {
  std::set<std::string> names;
  for (const NamedHistory& run : runs) {  // one run is drawn of both, several of what is compared
    const bool is_one = runs.size() == 1;
    if (is_one || view.lines == HistoryLines::steps) add_step_metrics(run.history.steps, names);
    if (is_one || view.lines == HistoryLines::epochs) add_epoch_metrics(run.history.epochs, names);
  }
  if (view.metric.empty() || names.contains(view.metric)) return;
  const std::vector<std::string> known(names.begin(), names.end());
  fail(ExitCode::usage, "--metric: there is no '{}'{}; there are {}", view.metric,
       did_you_mean(view.metric, known), fmt::to_string(fmt::join(known, ", ")));
}

std::string charts_text(const RunHistory& history, const HistoryView& view,
                        const TextStyle& style) {
  std::string text = chart_of(history, "loss", style);
  const std::string metric = metric_of(history, view);
  if (!metric.empty() && metric != "loss")
    text.append("\n").append(chart_of(history, metric, style));
  return text;
}

void print_history(const NamedHistory& run, const HistoryView& view, const TextStyle& style,
                   const TextSink& print) {
  check_metric(std::span(&run, 1), view);
  const MetricsTable& lines = lines_of(run.history, view);
  if (lines.empty()) {
    print(view.lines == HistoryLines::epochs
              ? "no epoch has ended yet; --steps shows the steps that were logged\n"
              : "no step was logged; log.every_steps says how often one is\n");
  } else {
    const HistoryTable table = table_of(run.history, view, style);
    print_table(table, lines, first_line(lines, view), print);
    if (view.columns.empty()) {
      print(left_out_text(known_columns(lines, metric_of(run.history, view)), table.keys()));
    }
  }
  print(rollbacks_text(run.history));
  print("\n");
  print(charts_text(run.history, view, style));
}

void print_histories(const std::vector<NamedHistory>& runs, const HistoryView& view,
                     const TextStyle& style, const TextSink& print) {
  check_metric(runs, view);
  const std::string metric = metric_of(runs.front().history, view);
  std::vector<std::string> keys = {key_of(runs, "loss", view.lines)};
  if (!metric.empty() && metric != "loss") keys.push_back(key_of(runs, metric, view.lines));
  const std::vector<std::string> columns = view.columns.empty() ? keys : view.columns;
  MetricsTable all;  // a line with the keys of each run
  for (const NamedHistory& run : runs) {
    all.add_line();
    for (const std::string& key : lines_of(run.history, view).keys()) all.set(key, 0, false);
  }
  check_columns(view.columns, known_columns(all, metric));
  std::vector<std::string> table_keys = {place_key(view)};
  for (const std::string& column : columns) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      table_keys.push_back(fmt::format("{}:{}", letter_of(i), column));
    }
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    print(fmt::format("{}  {}\n", letter_of(i), printable(runs[i].run.string())));
  }
  print("\n");
  const MetricsTable lines = joined_lines(runs, view, columns);
  const std::size_t first = first_line(lines, view);
  print_table(HistoryTable(lines, first, table_keys), lines, first, print);
  for (const std::string& key : keys) {
    print("\n");
    print(comparing_chart(runs, view, key, style));
  }
}

}  // namespace lockstep
