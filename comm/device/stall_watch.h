#pragma once

#include <functional>

namespace lockstep {

/// Returns once `done` says that a device has finished; asks it over and over, so that nothing else
/// can block the caller. In between, `check_peers` may throw that another rank is lost. Throws
/// Error(rank_lost) after `limit_seconds` (0: no limit), the `train.stall_timeout_s` of a run.
void watch_until(const std::function<bool()>& done, const std::function<void()>& check_peers,
                 double limit_seconds);

}  // namespace lockstep
