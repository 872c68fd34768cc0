#pragma once

#include <filesystem>
#include <string>

#include "checkpoint/reader.h"
#include "checkpoint/snapshot.h"
#include "comm/communicator/communicator.h"

namespace lockstep {

enum class TargetKind { run, checkpoint };

/// What the user's RUN|CHECKPOINT argument is. Throws Error(usage) where it is neither.
TargetKind classify_target(const std::filesystem::path& target);

/// A checkpoint to evaluate, loaded, and why this one.
struct ChosenCheckpoint {
  LoadedCheckpoint checkpoint;
  std::string reason;  ///< "best valid/accuracy 90.51 %", "the newest", "as given"
};

/// Collective. The checkpoint to evaluate: `target` itself where it is one, else the run's best,
/// else its newest. Rank 0 chooses, every rank loads and checks. A damaged candidate is passed
/// over, and so is one that `check` throws over; the reason says so, and nothing is changed on
/// disk. Throws Error(storage) where none verifies or the system cannot read one now, Error(usage)
/// where there is none.
ChosenCheckpoint choose_checkpoint(Communicator& communicator, const std::filesystem::path& target,
                                   const CheckpointCheck& check = {});

}  // namespace lockstep
