#pragma once

#include <filesystem>
#include <string>

namespace lockstep {

enum class TargetKind { run, checkpoint };

/// What the user's RUN|CHECKPOINT argument is. Throws Error(usage) where it is neither.
TargetKind classify_target(const std::filesystem::path& target);

/// A checkpoint to evaluate, and why this one.
struct ChosenCheckpoint {
  std::filesystem::path directory;
  std::string reason;  ///< "best valid/accuracy 0.9051", "the newest", "as given"
};

/// The checkpoint to evaluate: `target` itself where it is one, else the run's best, else its
/// newest. Each candidate is verified, and a damaged one passed over, which the reason says;
/// nothing is changed on disk. Throws Error(storage) where none verifies, Error(usage) where the
/// run has none.
ChosenCheckpoint choose_checkpoint(const std::filesystem::path& target);

}  // namespace lockstep
