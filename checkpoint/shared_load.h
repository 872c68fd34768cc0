#pragma once

#include <optional>

#include "checkpoint/snapshot.h"
#include "comm/communicator/communicator.h"

namespace lockstep {

/// Collective. The checkpoint that rank 0 has loaded, on every rank: the others read the same
/// directory, and check it against rank 0's manifest. std::nullopt everywhere where rank 0 gives
/// that; what the others give is not looked at. Throws Error(storage) on every rank where one
/// cannot read it.
std::optional<LoadedCheckpoint> share_checkpoint(Communicator& communicator,
                                                 std::optional<LoadedCheckpoint> of_root);

}  // namespace lockstep
