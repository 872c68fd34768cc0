#pragma once

#include <filesystem>

#include <spdlog/logger.h>

#include "launcher/cli/process.h"
#include "launcher/cli/sample_bar.h"

namespace lockstep {

struct VerifyCommand {
  static constexpr const char* kName = "verify";
  static constexpr const char* kSummary =
      "Read all of a pack and check every offset, shape, label and checksum";
  static constexpr const char* kHelp = R"(Examples:
  lockstep verify data/mine                             after it was made, or with a doubt
  lockstep verify /scratch/mine && lockstep train ...   after a copy, before days of training)";

  std::filesystem::path pack;

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

/// Reads all of a pack. Logs each problem as an error; returns `data` where there is one.
ExitCode run_verify(const VerifyCommand& command, spdlog::logger& log,
                    const Progress& progress = {});

}  // namespace lockstep
