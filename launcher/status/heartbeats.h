#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <vector>

#include "launcher/rank/heartbeat_board.h"

namespace lockstep {

/// What the ranks of a run say of themselves, seen from outside of the job.
using Heartbeats = std::vector<std::optional<Heartbeat>>;

/// RUN/heartbeat, of however many ranks it has; empty where there is none, or it cannot be read.
Heartbeats read_heartbeats(const std::filesystem::path& run);

/// Whether there are ranks, and all have ended well.
bool all_have_ended(const Heartbeats& heartbeats);

/// How long ago a rank has last written, by the file system's clock; std::nullopt where there is no
/// file.
std::optional<std::chrono::seconds> heartbeat_age(const std::filesystem::path& run);

/// Looks at the heartbeats of a run again and again. Told the time.
class HeartbeatWatch {
 public:
  using Clock = std::chrono::steady_clock;

  HeartbeatWatch(Heartbeats heartbeats, Clock::time_point now)
      : last_(std::move(heartbeats)), changed_(now) {}

  void look(Heartbeats heartbeats, Clock::time_point now);
  bool has_moved() const { return moved_; }
  Clock::duration still_for(Clock::time_point now) const { return now - changed_; }
  const Heartbeats& heartbeats() const { return last_; }

 private:
  Heartbeats last_;
  Clock::time_point changed_;
  bool moved_ = false;
};

}  // namespace lockstep
