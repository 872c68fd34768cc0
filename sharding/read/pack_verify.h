#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/progress.h"

namespace lockstep {

struct PackVerifyReport {
  std::uint64_t samples = 0;  ///< looked at
  std::uint64_t shards = 0;
  std::vector<std::string>
      problems;  ///< each names file, and sample or dataset; empty: the pack is whole
};

/// Reads all of a pack and compares everything with everything: the hashes of files and datasets,
/// every offset, shape, label, checksum and image header, and what HDF5 itself says of each shard.
/// `progress`, if set, is called with the samples done and their total. Throws Error(data) where
/// pack.json itself cannot be trusted.
PackVerifyReport verify_pack(const std::filesystem::path& directory, const Progress& progress = {});

}  // namespace lockstep
