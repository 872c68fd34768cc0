#include "launcher/run_commands/log_command.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "core/printable.h"
#include "launcher/cli/option_types.h"
#include "launcher/history/history_json.h"
#include "launcher/status/run_places.h"
#include "launcher/status/run_status.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostRuns = 26;  // each has a letter

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

/// Says on stderr which lines were passed over.
void tell_unreadable(const std::filesystem::path& run, const UnreadableLines& lines) {
  if (lines.count > 0) fmt::print(stderr, "{}: {}\n", printable(run.string()), text_of(lines));
}

/// Throws where there is nothing to show.
void check_has_metrics(const std::filesystem::path& run, const RunHistory& history) {
  if (!history.is_empty()) return;
  check(history.unreadable.count == 0, ExitCode::storage,
        "'{}' has no metrics that can be read: {}", run, text_of(history.unreadable));
  fail(ExitCode::usage,
       "'{}' has no metrics yet: its training has not logged a step, or it is no run directory{}",
       run, runs_inside_text(run));
}

/// Prints lines as they come.
class HistoryFollower {
 public:
  HistoryFollower(const HistoryView& view, const TextStyle& style) : view_(view), style_(style) {}

  void show(const RunHistory& history) {
    const MetricsTable& lines = lines_of(history, view_);
    if (lines.empty() && shown_.empty()) return;
    if (!table_) {
      table_ = table_of(history, view_, style_);
      print(table_->head());
    }
    // What was there before is in the file's order, or it was undone.
    std::size_t next = shown_.same_lines(lines);
    if (next < shown_.size()) print("the run went back:\n");
    if (is_first_) next = first_line(lines, view_);
    is_first_ = false;
    for (; next < lines.size(); ++next) print(table_->row(lines, next));
    shown_ = lines;
    std::fflush(stdout);
  }

 private:
  HistoryView view_;
  TextStyle style_;
  bool is_first_ = true;
  std::optional<HistoryTable> table_;
  MetricsTable shown_;
};

void follow_run(const std::filesystem::path& run, const HistoryView& view, const TextStyle& style,
                const Environment& environment) {
  constexpr std::chrono::seconds kPause{2};
  HistoryFollower follower(view, style);
  for (;; std::this_thread::sleep_for(kPause)) {
    // Asked first: what a run that has ended tells is complete.
    const bool is_over = !is_under_way(read_status(run, environment).state);
    const NamedHistory named{run, read_history(run)};
    const RunHistory& history = named.history;
    if (is_over || !history.epochs.empty()) check_metric(std::span(&named, 1), view);
    follower.show(history);
    if (is_over) {
      print(rollbacks_text(history) + "\n" + charts_text(history, view, style));
      tell_unreadable(run, history.unreadable);
    }
    if (is_over || std::ferror(stdout) != 0) return;
  }
}

/// Of each run whether it has metrics, before the document begins.
void print_document(const std::vector<std::filesystem::path>& runs) {
  for (const std::filesystem::path& run : runs) {
    RunHistory history;
    history.unreadable = visit_metrics(run, [&](MetricsLine&& line) {
      if (line.kind == MetricsKind::step) history.steps.add(line.json);
      if (line.kind == MetricsKind::epoch) history.epochs.add(line.json);
      return history.is_empty();
    });
    check_has_metrics(run, history);
  }
  print_json(runs, print);
}

}  // namespace

const char* const LogCommand::kHelp =
    R"(Reads metrics.jsonl in the run's directory, and changes nothing. Several runs are shown beside each
other, each with a letter; one that is given twice is shown once. The columns are the keys of metrics.jsonl; those that fit are shown.

Examples:
  lockstep log runs/mine                                           a row for each epoch, and charts
  lockstep log runs/mine --steps --last 20 --columns step,loss,lr  the last logged steps
  lockstep log runs/a runs/b --metric top5_accuracy                two runs side by side
  lockstep log runs/mine --follow                                  new rows as they come)";

void LogCommand::add_options(CLI::App& app) {
  app.add_option("RUN", runs, "The run's directory, or those of several runs")->required();
  app.add_flag_callback(
      "--steps", [this] { view.lines = HistoryLines::steps; },
      "Logged steps (log.every_steps) instead of epochs");
  add_list(app, "--columns", view.columns, "These columns, whether they fit or not")
      ->delimiter(',')
      ->type_name("KEY,...");
  app.add_option("--metric", view.metric, "Draw this metric instead of the task's main one")
      ->type_name("NAME");
  add_number(app, "--last", view.last, 1, 1'000'000'000, "Only so many of the last rows");
  app.add_flag("--json", json, "One JSON document on stdout: all lines, by kind");
  app.add_flag("--follow", follow, "Print new rows as they come, and charts when the run ends");
}

ExitCode LogCommand::run(Process& process) const {
  check(!json || !follow, ExitCode::usage,
        "--follow is for people to read, and --json gives one document: leave one of them out");
  const bool is_a_view = view.lines != HistoryLines::epochs || !view.columns.empty() ||
                         !view.metric.empty() || view.last > 0;
  check(!json || !is_a_view, ExitCode::usage,
        "--json gives all lines with all they have: leave --steps, --columns, --metric and --last "
        "out");
  const std::vector<std::filesystem::path> shown = each_once(runs);
  check(!follow || shown.size() == 1, ExitCode::usage, "--follow shows one run: name one");
  check(shown.size() <= kMostRuns, ExitCode::usage, "{} runs are too many to show: at most {}",
        shown.size(), kMostRuns);
  const TextStyle style = style_of(STDOUT_FILENO, process.environment);
  if (follow) {
    follow_run(shown.front(), view, style, process.environment);
    return ExitCode::ok;
  }
  if (json) {
    print_document(shown);
    return ExitCode::ok;
  }
  std::vector<NamedHistory> histories;
  for (const std::filesystem::path& one : shown) {
    histories.push_back({one, read_history(one)});
    check_has_metrics(one, histories.back().history);
  }
  if (histories.size() == 1) {
    print_history(histories.front(), view, style, print);
  } else {
    print_histories(histories, view, style, print);
  }
  for (const NamedHistory& one : histories) tell_unreadable(one.run, one.history.unreadable);
  return ExitCode::ok;
}

}  // namespace lockstep
