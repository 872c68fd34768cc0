#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/history/history_table.h"
#include "launcher/history/run_history.h"
#include "launcher/history/text_style.h"

namespace lockstep {

/// Which lines of a history a reader wants to see.
enum class HistoryLines { epochs, steps };

/// What a reader asks of it.
struct HistoryView {
  HistoryLines lines = HistoryLines::epochs;
  std::vector<std::string> columns = {};  ///< keys of the lines; empty: those that fit
  std::string metric = {};                ///< that is drawn; empty: the task's main one
  std::size_t last = 0;                   ///< only so many of the last lines; 0: all
};

struct NamedHistory {
  std::filesystem::path run;
  RunHistory history;
};

/// Takes a text part by part: a long history is never held as a text.
using TextSink = std::function<void(std::string_view)>;

/// The lines that are asked for, of which first_line() is the first to be shown.
const MetricsTable& lines_of(const RunHistory& history, const HistoryView& view);
std::size_t first_line(const MetricsTable& lines, const HistoryView& view);

/// The table of these lines, for a screen of this width. Throws Error(usage) where a column that is
/// asked for is unknown.
HistoryTable table_of(const RunHistory& history, const HistoryView& view, const TextStyle& style);

/// The run's rollbacks, a line each.
std::string rollbacks_text(const RunHistory& history);
/// Throws Error(usage) that tells the metrics of these runs where none of them has that of `view`.
void check_metric(std::span<const NamedHistory> runs, const HistoryView& view);
/// Charts of the loss and of the metric.
std::string charts_text(const RunHistory& history, const HistoryView& view, const TextStyle& style);

/// All of one run: table, rollbacks and charts. Throws Error(usage) as table_of
/// and check_metric.
void print_history(const NamedHistory& run, const HistoryView& view, const TextStyle& style,
                   const TextSink& print);
/// Several runs beside each other: a row for each epoch (or step), a column for each run and each
/// key, and charts with a letter for each run.
void print_histories(const std::vector<NamedHistory>& runs, const HistoryView& view,
                     const TextStyle& style, const TextSink& print);

}  // namespace lockstep
