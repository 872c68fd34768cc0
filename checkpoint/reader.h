#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/snapshot.h"

namespace lockstep {

// Readers of one process; they change nothing on disk. CheckpointStore is what the ranks of a job
// use.

/// A directory that is named as a checkpoint; only reading it shows whether it is one.
struct CheckpointEntry {
  std::int64_t step = 0;
  std::filesystem::path directory;
};

/// The checkpoints in RUN/checkpoints, oldest first; empty where there is no such directory. Leaves
/// out what was set aside or is being written. Throws Error(storage) where the directory
/// cannot be read.
std::vector<CheckpointEntry> list_checkpoints(const std::filesystem::path& checkpoints);

/// Whether `directory` is that of the checkpoint of `step` among those in RUN/checkpoints, however
/// it is written: not one of another run, nor one that was set aside.
bool is_in_use(const std::filesystem::path& directory, std::int64_t step,
               const std::filesystem::path& checkpoints);

/// The names in RUN/checkpoints with `suffix` (kCorruptSuffix, kSupersededSuffix), sorted. Throws
/// Error(storage).
std::vector<std::string> list_set_aside(const std::filesystem::path& checkpoints,
                                        std::string_view suffix);

/// Where no checkpoint in RUN/checkpoints is in use: throws Error(storage) if there have been some,
/// so that no run begins anew by itself.
void check_nothing_was_lost(const std::filesystem::path& checkpoints);

/// The manifest of the checkpoint in `directory`; checks it, and not the other files. Throws
/// Error(storage).
Manifest read_manifest(const std::filesystem::path& directory);

/// Reads the whole checkpoint and checks all of it: the manifest, size and hash of every file, the
/// tensors, their digest, and that a directory named for a step holds that step. Any damage is an
/// Error(storage) that names the file; UnsupportedCheckpoint where another version of lockstep
/// wrote it, UnreadableFile where the system could not read it now.
LoadedCheckpoint load_checkpoint(const std::filesystem::path& directory);

/// What else a checkpoint must satisfy for those who use it; throws Error(storage) where it does
/// not, which is damage like any other.
using CheckpointCheck = std::function<void(const LoadedCheckpoint&)>;

/// load_checkpoint, and `check` (which may be empty) on it.
LoadedCheckpoint load_checkpoint(const std::filesystem::path& directory,
                                 const CheckpointCheck& check);

/// The same, for a checkpoint whose manifest must be `manifest`, as another rank read it.
LoadedCheckpoint load_checkpoint(const std::filesystem::path& directory, const Manifest& manifest);

}  // namespace lockstep
