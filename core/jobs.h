#pragma once

namespace lockstep {

/// How many threads `jobs` asks for: for 0, one for each core that this process may use, of which a
/// batch system or a container may leave it few.
int resolve_jobs(int jobs);

}  // namespace lockstep
