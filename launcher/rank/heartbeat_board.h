#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/process/pulse.h"

namespace lockstep {

/// What a rank says of itself, again and again.
struct Heartbeat {
  std::uint64_t tick = 0;  ///< grows with each: a process that is stopped writes none
  std::string host;
  std::int64_t pid = 0;
  Pulse pulse;
  std::string collective = {};  ///< the last one, in words
  std::int64_t step = -1;
  std::string phase;
  bool done = false;  ///< it has ended well, and writes no more
  bool operator==(const Heartbeat&) const = default;
};

/// RUN/heartbeat: a line of 512 bytes of JSON for each rank, which only that rank writes. Not
/// synced: it is for those who are alive. Throws Error(storage).
class HeartbeatBoard {
 public:
  HeartbeatBoard(const std::filesystem::path& run, int rank, int ranks);

  void write(const Heartbeat& heartbeat) const;
  /// Of each rank; std::nullopt where it has written none yet, or is writing just now.
  std::vector<std::optional<Heartbeat>> read() const;

  /// An empty board, for a job that begins. Rank 0 alone, before any other writes.
  static void reset(const std::filesystem::path& run);

 private:
  std::filesystem::path path_;
  int rank_;
  int ranks_;
};

}  // namespace lockstep
