#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "launcher/rank/heartbeat_board.h"
#include "launcher/rank/stall_judge.h"

namespace lockstep {

struct WatchdogOptions {
  std::filesystem::path run;
  int rank = 0;
  int ranks = 1;
  std::chrono::duration<double> timeout{600};
  /// What this rank says of itself; the watchdog fills in the rest. Called on its thread.
  std::function<Heartbeat()> heartbeat;
  /// Ends this process. Called on the watchdog's thread, once.
  std::function<void(const Stall& stall)> on_stall;
  /// Whether this process was asked to stop, by a signal.
  std::function<bool()> stopping;
  /// Called on the watchdog's thread, once: another rank is silent while this one is to stop. An
  /// mpirun that has lost a host says no more than that, and kills all others a second later.
  std::function<void(const Stall& stall)> on_lost;
};

/// A thread that writes this rank's heartbeat and, on the first ranks, looks at those of all, twice
/// a second (of more than 250 ranks less often). Where the job stands still it ends it: the first
/// rank that can, so that the cause is told once; others some seconds later, if they are still
/// there.
class Watchdog {
 public:
  explicit Watchdog(WatchdogOptions options);
  /// This rank has ended well.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void work(const std::stop_token& stop);
  void look(std::uint64_t tick, bool done);
  void tell_of_lost();

  WatchdogOptions options_;
  HeartbeatBoard board_;
  std::chrono::milliseconds period_;
  StallJudge judge_;
  std::optional<StallJudge::Clock::time_point> noticed_;
  bool told_of_lost_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace lockstep
