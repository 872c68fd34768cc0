#pragma once

#include <cstdint>
#include <filesystem>

#include <spdlog/logger.h>

#include "launcher/cli/process.h"
#include "launcher/cli/sample_bar.h"
#include "sharding/source/source_options.h"
#include "sharding/write/image_options.h"

namespace lockstep {

struct PackCommand : SourceOptions {
  static constexpr const char* kName = "pack";
  static constexpr const char* kSummary = "Make a pack (HDF5 shards for training) from images";
  static const char* const kHelp;

  std::filesystem::path out;
  ImageOptions image;
  int jobs = 0;  ///< threads; 0: one per core
  std::uint64_t shard_bytes = std::uint64_t{1} << 30;
  bool strict = false;  ///< make no pack where a sample has a fault
  bool force = false;   ///< replace a finished pack that was made from other input

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

/// Makes the pack, and logs what was left out and what came of it. Returns the exit code: ok also
/// where a finished pack was made from the same input, and where samples with faults were left out;
/// data where they were, under --strict. `progress`, if set, is called on this thread.
ExitCode run_pack(const PackCommand& command, spdlog::logger& log, const Progress& progress = {});

}  // namespace lockstep
