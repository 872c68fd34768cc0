#pragma once

#include <filesystem>

#include <spdlog/logger.h>

#include "launcher/cli/process.h"
#include "launcher/cli/sample_bar.h"

namespace lockstep {

struct VerifyCommand {
  static constexpr const char* kName = "verify";
  static constexpr const char* kSummary =
      "Read all of a pack and check it, or follow where a table of predictions comes from";
  static const char* const kHelp;

  std::filesystem::path pack;  ///< or a file with a provenance

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

/// Reads all of a pack, or all pieces of a file's provenance. Logs each problem as an error;
/// returns `data` where there is one.
ExitCode run_verify(const VerifyCommand& command, spdlog::logger& log,
                    const Progress& progress = {});

}  // namespace lockstep
