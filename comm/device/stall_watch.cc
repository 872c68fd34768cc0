#include "comm/device/stall_watch.h"

#include <chrono>
#include <thread>

#include "core/error.h"

namespace lockstep {

void watch_until(const std::function<bool()>& done, const std::function<void()>& check_peers,
                 double limit_seconds) {
  using Clock = std::chrono::steady_clock;
  // Short against a step, and long against a question to the driver.
  constexpr auto kPause = std::chrono::microseconds(50);
  const auto begin = Clock::now();
  while (!done()) {
    check_peers();
    const std::chrono::duration<double> waited = Clock::now() - begin;
    check(limit_seconds <= 0 || waited.count() < limit_seconds, ExitCode::rank_lost,
          "the device has not finished a step within {:g} s (train.stall_timeout_s): another rank "
          "has stalled, or the network between them. See the other ranks' logs; where a step may "
          "take this long, give it more time (0: no limit)",
          limit_seconds);
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace lockstep
