#pragma once

#include <filesystem>
#include <vector>

#include "launcher/cli/process.h"
#include "launcher/history/history_report.h"

namespace lockstep {

struct LogCommand {
  static constexpr const char* kName = "log";
  static constexpr const char* kSummary =
      "Show the history of a run, or of several, as table and chart";
  static const char* const kHelp;

  std::vector<std::filesystem::path> runs;
  HistoryView view;
  bool json = false;
  bool follow = false;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
