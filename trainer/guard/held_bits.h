#pragma once

#include <cstdint>
#include <string>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// Where a run stands, as steps done.
struct RunPosition {
  std::int64_t step = 0;
  std::int64_t checkpoint = -1;  ///< of the newest one; negative: none yet
};

/// Collective: throws Error(internal), naming ranks and hosts, unless all hold the same bits.
/// `digest` is of what this rank holds: its memory_digest().
void check_held_bits(const std::string& digest, Communicator& communicator,
                     const RunPosition& position);

}  // namespace lockstep
