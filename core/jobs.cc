#include "core/jobs.h"

#include <algorithm>
#include <sched.h>
#include <thread>

namespace lockstep {

int resolve_jobs(int jobs) {
  if (jobs > 0) return jobs;
  cpu_set_t cores;
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0) return std::max(1, CPU_COUNT(&cores));
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace lockstep
