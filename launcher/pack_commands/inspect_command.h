#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "launcher/cli/process.h"
#include "launcher/cli/sample_bar.h"

namespace lockstep {

struct InspectCommand {
  static constexpr const char* kName = "inspect";
  static constexpr const char* kSummary = "Report and draw what is in a pack";
  static const char* const kHelp;

  std::filesystem::path target;  ///< a pack's directory; with `augmented`, a config or a run's
  std::vector<std::string> overrides;  ///< key=value, of the config
  bool json = false;
  bool quick = false;               ///< leave out what needs images decoded
  int jobs = 0;                     ///< threads; 0: one per core
  std::filesystem::path grid;       ///< draw the pack's images here; empty: do not
  std::filesystem::path augmented;  ///< only draw what the config makes of images, here
  std::uint64_t seed = 1;           ///< which images `grid` shows

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

/// `lockstep inspect PACK`: prints what a pack holds on stdout, as text or (--json) as the document
/// of launcher/report/inspect_json.h, and draws --grid. Needs no LibTorch. `progress`, if set, is
/// called on this thread, and destroyed before the report is printed.
ExitCode run_inspect(const InspectCommand& command, spdlog::logger& log, Progress progress = {});

}  // namespace lockstep
