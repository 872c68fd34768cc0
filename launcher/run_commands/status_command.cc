#include "launcher/run_commands/status_command.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <unistd.h>

#include "launcher/report/json_text.h"
#include "launcher/status/array_status.h"
#include "launcher/status/status_report.h"

namespace lockstep {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// Of a run, or of a job array's runs.
struct Shown {
  std::string text;
  nlohmann::json json;
  bool is_under_way = false;
};

Shown show(const std::filesystem::path& directory, const Environment& environment) {
  if (const auto array = read_array_status(directory, environment)) {
    const bool is_live = std::ranges::any_of(
        array->tasks, [](const ArrayTask& task) { return is_under_way(task.status.state); });
    return {to_text(*array), to_json(*array), is_live};
  }
  const RunStatus status = read_status(directory, environment);
  return {to_text(status), to_json(status), is_under_way(status.state)};
}

/// On a terminal in the place of the text before; else below it, where something has changed.
void follow_status(const std::filesystem::path& directory, const Environment& environment) {
  constexpr std::chrono::seconds kPause{2};
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  std::string shown;
  for (;; std::this_thread::sleep_for(kPause)) {
    const auto [text, json, is_under_way] = show(directory, environment);
    if (is_terminal && !shown.empty()) {
      print(fmt::format("\x1b[{}A\x1b[J", std::ranges::count(shown, '\n')));
    }
    if (is_terminal || text != shown) print(text);
    shown = text;
    if (!is_under_way || std::ferror(stdout) != 0) return;
  }
}

}  // namespace

void StatusCommand::add_options(CLI::App& app) {
  app.add_option("RUN", run_directory, "The directory of a run, or of a job array")->required();
  app.add_flag("--json", json, "One JSON document on stdout");
  app.add_flag("--follow", follow, "Show it again every 2 s until the run ends");
}

ExitCode StatusCommand::run(Process& process) const {
  check(!json || !follow, ExitCode::usage,
        "--follow is for people to read, and --json gives one document: leave one of them out");
  if (follow) {
    follow_status(run_directory, process.environment);
    return ExitCode::ok;
  }
  const Shown shown = show(run_directory, process.environment);
  print(json ? json_text(shown.json) : shown.text);
  return ExitCode::ok;
}

}  // namespace lockstep
