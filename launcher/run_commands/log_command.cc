#include "launcher/run_commands/log_command.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>

#include "launcher/cli/option_types.h"
#include "launcher/report/json_text.h"
#include "launcher/status/run_status.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostRuns = 26;  // each has a letter

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// Prints lines as they come.
class HistoryFollower {
 public:
  HistoryFollower(const HistoryView& view, const TextStyle& style) : view_(view), style_(style) {}

  void show(const RunHistory& history) {
    const std::vector<nlohmann::json> lines =
        lines_of(history, {.lines = view_.lines, .last = is_first_ ? view_.last : 0});
    is_first_ = false;
    // Of the lines before, all that are still there are in the file's order; others were undone.
    std::size_t next = 0;
    if (!shown_.empty()) {
      const auto place = std::ranges::find(lines, shown_.front());
      const auto same = std::ranges::mismatch(shown_, std::ranges::subrange(place, lines.end()));
      if (same.in1 != shown_.end()) {
        print("the run went back:\n");
        shown_.erase(same.in1, shown_.end());
      }
      next = static_cast<std::size_t>(same.in2 - lines.begin());
      if (place == lines.end()) next = 0;
    }
    for (; next < lines.size(); ++next) {
      if (!table_) print((table_ = table_of(lines, history, view_, style_))->head());
      print(table_->row(lines[next]));
      shown_.push_back(lines[next]);
    }
  }

 private:
  HistoryView view_;
  TextStyle style_;
  bool is_first_ = true;
  std::optional<HistoryTable> table_;
  std::vector<nlohmann::json> shown_;
};

void follow_run(const std::filesystem::path& run, const HistoryView& view, const TextStyle& style,
                const Environment& environment) {
  constexpr std::chrono::seconds kPause{2};
  HistoryFollower follower(view, style);
  for (;; std::this_thread::sleep_for(kPause)) {
    // Asked first: what a run that has ended tells is complete.
    const bool is_over = !is_under_way(read_status(run, environment).state);
    const RunHistory history = read_history(run);
    follower.show(history);
    if (is_over) print(rollbacks_text(history) + "\n" + charts_text(history, view, style));
    if (is_over || std::ferror(stdout) != 0) return;
  }
}

}  // namespace

const char* const LogCommand::kHelp =
    R"(Reads metrics.jsonl in the run's directory, and changes nothing. Several runs are shown beside each
other, each with a letter. The columns are the keys of metrics.jsonl; those that fit are shown.

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
  app.add_option("--columns", view.columns, "These columns, whether they fit or not")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
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
  check(!follow || runs.size() == 1, ExitCode::usage, "--follow shows one run: name one");
  check(runs.size() <= kMostRuns, ExitCode::usage, "{} runs are too many to show: at most {}",
        runs.size(), kMostRuns);
  const TextStyle style = style_of(STDOUT_FILENO, process.environment);
  if (follow) {
    follow_run(runs.front(), view, style, process.environment);
    return ExitCode::ok;
  }
  std::vector<NamedHistory> histories;
  for (const std::filesystem::path& one : runs) {
    histories.push_back({one, read_history(one)});
    check(!histories.back().history.is_empty(), ExitCode::usage,
          "'{}' has no metrics yet: its training has not logged a step, or it is no run directory",
          one);
  }
  if (json) {
    print(json_text(to_json(histories)));
  } else if (histories.size() == 1) {
    print(history_text(histories.front(), view, style));
  } else {
    print(histories_text(histories, view, style));
  }
  return ExitCode::ok;
}

}  // namespace lockstep
