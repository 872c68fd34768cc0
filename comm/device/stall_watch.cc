#include "comm/device/stall_watch.h"

#include <chrono>
#include <thread>

#include "core/error.h"
#include "core/process/pulse.h"

namespace lockstep {

void watch_until(const std::function<bool()>& done, const std::function<void()>& check_peers,
                 const StallLimit& limit) {
  using Clock = std::chrono::steady_clock;
  // Short against a step, and long against a question to the driver.
  constexpr auto kPause = std::chrono::microseconds(50);
  const WaitsForRanks waits("a wait for the device");
  const auto begin = Clock::now();
  while (!done()) {
    check_peers();
    const std::chrono::duration<double> waited = Clock::now() - begin;
    check(limit.seconds <= 0 || waited.count() < limit.seconds, ExitCode::rank_lost,
          "the device has not finished its work within {:g} s (train.stall_timeout_s): {}. Where a "
          "step may take this long, give it more time (0: no limit)",
          limit.seconds, limit.cause);
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace lockstep
