#pragma once

#include <optional>

#include "checkpoint/snapshot.h"
#include "comm/communicator/communicator.h"

namespace lockstep {

/// Collective. The checkpoint that rank 0 has loaded, on every rank: the others read the same
/// directory, and check it against rank 0's manifest. std::nullopt on all ranks where rank 0
/// passes that; what the others pass is ignored. Throws Error(storage) on every rank where one
/// cannot read it.
std::optional<LoadedCheckpoint> share_checkpoint(Communicator& communicator,
                                                 std::optional<LoadedCheckpoint> of_root);

}  // namespace lockstep
