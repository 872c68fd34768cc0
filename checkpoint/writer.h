#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "checkpoint/snapshot.h"

namespace lockstep {

// The steps of a commit, in order, as one process makes them. After each of them, and in the middle
// of each, the directory holds every checkpoint that it held before, but for one of the same step
// while it is replaced: a kill then leaves it to recover_checkpoints(). CheckpointStore adds the
// agreement of the ranks between them.

/// Writes and syncs the files of `snapshot` into a staging directory of `checkpoints`, and returns
/// the manifest that belongs to them. `digest` is the snapshot's state_digest. Throws
/// Error(storage), before writing anything where the disk lacks the room, and removes the staging
/// directory.
Manifest stage_checkpoint(const std::filesystem::path& checkpoints, const Snapshot& snapshot,
                          const std::string& digest);

/// Writes the manifest into the staging directory of its step and gives the directory its name; one
/// of that step that is there already is replaced, unless it is whole and equal. Throws
/// Error(storage), with the staging directory removed and the one of that step in its place.
void publish_checkpoint(const std::filesystem::path& checkpoints, const Manifest& manifest);

/// Removes what stage_checkpoint() has made. Throws Error(storage).
void discard_staged(const std::filesystem::path& checkpoints, std::int64_t step);

/// Deletes a checkpoint so that a reader sees all of it or nothing. Throws Error(storage).
void delete_checkpoint(const std::filesystem::path& directory);

/// Renames `directory`, which is not to be used again, to its name with `suffix` (and a number,
/// where that is taken). Returns the new path. Throws Error(storage).
std::filesystem::path set_aside(const std::filesystem::path& directory, std::string_view suffix);

/// Repairs `checkpoints` after a kill: removes what was being written or deleted, and
/// finishes or takes back a replacement. Throws Error(storage).
void recover_checkpoints(const std::filesystem::path& checkpoints);

}  // namespace lockstep
