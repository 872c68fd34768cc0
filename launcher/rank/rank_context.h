#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <spdlog/logger.h>

#include "comm/communicator/communicator.h"
#include "core/progress.h"
#include "launcher/job/parent_protocol.h"
#include "launcher/job/stop_request.h"
#include "launcher/rank/watched.h"

namespace lockstep {

/// What a rank is given, and what it says of itself when it fails. Made by main, which catches what
/// the command throws: it then logs rank, host, step, phase and cause, and ends the job through the
/// communicator, so that no peer waits for ever.
struct RankContext {
  Communicator& communicator;
  const StopRequest& stop;
  /// To stderr on rank 0, to nowhere on the others; add_rank_log gives every rank a file.
  std::shared_ptr<spdlog::logger> log;
  /// Shows how far the job is, on whatever shows it (the parent's bar, this terminal's, nothing).
  /// Cheap: it forgets what comes too often.
  std::function<void(const ProgressEvent&)> progress;
  /// The same for what only counts, under the name `what` ("evaluate"). This must outlive it.
  Progress progress_of(std::string what);

  /// From here on the rank tells the others by files in `run` that it is alive, and the job ends
  /// where it stands still for `timeout` seconds. Rank 0 has made the board (HeartbeatBoard).
  std::function<void(const std::filesystem::path& run, double timeout)> watch;

  Watched<std::string> phase{"starting"};  ///< the rank keeps these two up to date
  Watched<std::int64_t> step{-1};
};

}  // namespace lockstep
