#include "launcher/run_commands/status_command.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <unistd.h>

#include "launcher/report/json_text.h"
#include "launcher/status/status_report.h"

namespace lockstep {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// On a terminal in the place of the text before; else below it, where something has changed.
void follow_status(const std::filesystem::path& run, const Environment& environment) {
  constexpr std::chrono::seconds kPause{2};
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  std::string shown;
  for (;; std::this_thread::sleep_for(kPause)) {
    const RunStatus status = read_status(run, environment);
    const std::string text = to_text(status);
    if (is_terminal && !shown.empty()) {
      print(fmt::format("\x1b[{}A\x1b[J", std::ranges::count(shown, '\n')));
    }
    if (is_terminal || text != shown) print(text);
    shown = text;
    if (!is_under_way(status.state) || std::ferror(stdout) != 0) return;
  }
}

}  // namespace

void StatusCommand::add_options(CLI::App& app) {
  app.add_option("RUN", run_directory, "The run's directory")->required();
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
  const RunStatus status = read_status(run_directory, process.environment);
  print(json ? json_text(to_json(status)) : to_text(status));
  return ExitCode::ok;
}

}  // namespace lockstep
