#pragma once

#include <functional>
#include <string_view>

namespace lockstep {

struct StallLimit {
  double seconds = 0;      ///< 0: no limit; the `train.stall_timeout_s` of a run
  std::string_view cause;  ///< what it means where it is reached, for the message
};

/// Returns once `done` says that a device has finished; asks it over and over, so that nothing else
/// can block the caller. In between, `check_peers` may throw that another rank is lost. Throws
/// Error(rank_lost) at the limit.
void watch_until(const std::function<bool()>& done, const std::function<void()>& check_peers,
                 const StallLimit& limit);

}  // namespace lockstep
