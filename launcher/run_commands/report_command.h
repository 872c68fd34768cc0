#pragma once

#include <filesystem>
#include <vector>

#include "launcher/cli/process.h"

namespace lockstep {

struct ReportCommand {
  static constexpr const char* kName = "report";
  static constexpr const char* kSummary =
      "Write a page about a run, or about several, that a browser shows";
  static const char* const kHelp;

  std::vector<std::filesystem::path> runs;
  std::filesystem::path out = "report.html";
  std::vector<std::filesystem::path> evaluations;
  std::vector<std::filesystem::path> pictures;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
