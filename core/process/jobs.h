#pragma once

#include <algorithm>
#include <sched.h>
#include <thread>

namespace lockstep {

/// How many threads `jobs` asks for: for 0, one for each core that this process may use, of which a
/// batch system or a container may leave it few.
inline int resolve_jobs(int jobs) {
  if (jobs > 0) return jobs;
  cpu_set_t cores;
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0) return std::max(1, CPU_COUNT(&cores));
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace lockstep
