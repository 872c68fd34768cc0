#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "launcher/rank/heartbeat_board.h"

namespace lockstep {

/// Which rank a job stands still for, and why.
struct Stall {
  int rank = 0;
  std::string host = {};  ///< empty where it has never said
  std::int64_t step = -1;
  std::string phase = {};
  bool is_silent = false;  ///< its process does not run: it can say nothing itself
  std::string cause = {};  ///< in words
};

/// Decides by what all ranks say whether the job stands still. Pure: it is told the time.
class StallJudge {
 public:
  using Clock = std::chrono::steady_clock;

  struct Times {
    Clock::duration timeout;
    Clock::duration period;  ///< from one question to the next
  };
  StallJudge(int ranks, const Times& times, Clock::time_point now);
  Clock::duration timeout() const { return times_.timeout; }

  /// To be asked once in each period; after a much longer pause (this process was stopped itself,
  /// or the file system) all begins anew, since the others' time is not known.
  std::optional<Stall> judge(const std::vector<std::optional<Heartbeat>>& heartbeats,
                             Clock::time_point now);

  /// A rank whose process had not run for `time` when judge() was last asked.
  std::optional<Stall> find_silent(Clock::duration time) const;
  /// The first rank whose process had run in that time: the one that speaks for all.
  int first_that_runs(Clock::duration time) const;

 private:
  struct Seen {
    std::optional<Heartbeat> last;
    Clock::time_point ticked;      ///< when its tick was last seen to change
    Clock::time_point progressed;  ///< and its pulse
  };

  void take(const std::vector<std::optional<Heartbeat>>& heartbeats, Clock::time_point now);
  std::optional<Stall> find_stuck(Clock::time_point now) const;
  std::optional<Stall> find_waiting(Clock::time_point now) const;
  std::optional<std::size_t> find_other_operation() const;
  Stall stall(std::size_t rank, Clock::duration since) const;

  Times times_;
  Clock::time_point asked_;
  std::vector<Seen> seen_;
};

}  // namespace lockstep
