#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "sharding/pack_source.h"

namespace lockstep {

/// What to do about a finished pack that was made from other input.
enum class ExistingPack { refuse, replace };

struct PackWriterOptions {
  /// The pack's directory: absent, empty, or one that holds nothing but a pack or what a killed
  /// `pack` left there.
  std::filesystem::path out;
  /// A shard is closed before the sample that would take it beyond this many bytes of images.
  std::uint64_t shard_bytes = std::uint64_t{1} << 30;
  /// Threads that read, decode and hash; 0: one a core. The pack is the same for any number.
  int jobs = 0;
  ExistingPack existing = ExistingPack::refuse;
  /// Called on the calling thread with the samples done and their total, if set.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

enum class PackOutcome {
  written,
  unchanged,  ///< the finished pack was made from the same input; nothing was touched
};

/// Makes a pack of all that `source` gives. The same source gives the same bytes. Images are
/// decoded once, so what is in a pack can be decoded. The work is done in a staging folder inside
/// `out`, shards are renamed into place and pack.json is written last: a directory without it is no
/// pack, and the next call cleans it up. Throws Error(data) for a bad source, Error(usage) where
/// `out` holds something else, Error(storage) where it cannot be written; then the staging folder
/// is gone.
PackOutcome write_pack(const PackSource& source, const PackWriterOptions& options);

}  // namespace lockstep
