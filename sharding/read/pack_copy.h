#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/progress.h"
#include "sharding/read/pack.h"

namespace lockstep {

/// What copy_pack did.
struct PackCopy {
  std::uint64_t bytes = 0;   ///< of all shards of the splits
  std::uint64_t copied = 0;  ///< of those that were not there yet
};

/// Makes `directory` a pack with the same fingerprint that has the shards of `splits`, each
/// compared with its hash while it is copied. What is there already stays: after a kill it goes on
/// with the next shard, and other splits are added. One process at a time. `progress` counts bytes.
/// Throws Error(data) where a shard of `pack` is not what its manifest says, and Error(storage),
/// before anything is written where the disk lacks the room.
PackCopy copy_pack(const Pack& pack, std::span<const std::string> splits,
                   const std::filesystem::path& directory, const Progress& progress = {});

}  // namespace lockstep
