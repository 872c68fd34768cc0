#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/progress.h"
#include "sharding/source/pack_source.h"
#include "sharding/write/image_options.h"

namespace lockstep {

/// What to do about a finished pack that was made from other input.
enum class ExistingPack { refuse, replace };

/// What to do where a sample of the source has a fault.
enum class FaultPolicy {
  leave_out,  ///< pack the others
  refuse,     ///< make no pack
};

struct PackWriterOptions {
  /// The pack's directory: absent, empty, or one that holds nothing but a pack or what a killed
  /// `pack` left there.
  std::filesystem::path out;
  /// A shard is closed before the sample that would take it beyond this many bytes of images.
  std::uint64_t shard_bytes = std::uint64_t{1} << 30;
  ImageOptions image = {};
  /// Threads that read, decode and hash; 0: one for each core that the process may use. The pack is
  /// the same for any number.
  int jobs = 0;
  FaultPolicy faults = FaultPolicy::leave_out;
  ExistingPack existing = ExistingPack::refuse;
  /// Called on the calling thread with the samples done and their total, if set.
  Progress progress;
};

enum class PackOutcome {
  written,
  unchanged,  ///< the finished pack was made from the same input; nothing was touched
  refused,    ///< FaultPolicy::refuse, and there are faults: no pack was made
};

struct PackResult {
  PackOutcome outcome = PackOutcome::written;
  std::vector<SourceFault> faults;  ///< of the source; not looked for where it is unchanged
};

/// Makes a pack of all that `source` gives. The same source gives the same bytes. Images are read
/// to their end once, so what is in a pack can be decoded; samples with faults are listed in
/// `out`/rejected.csv. The work is done in a staging folder inside `out`, read back from the disk,
/// and renamed into place (PackDirectory), pack.json last: a directory without it is not a pack,
/// and the next call cleans it up.
///
/// Throws Error(data) for a bad source, an UnusableSource where a class loses all its training
/// images or a split all its images; Error(usage) where `out` holds something else, Error(storage)
/// where it cannot be written; then the staging folder is gone. Where there is no pack because of
/// faults, rejected.csv is left alone in `out`, unless an older pack is there.
PackResult write_pack(const PackSource& source, const PackWriterOptions& options);

/// Writes `out`/rejected.csv for a source of which no pack can be made; false where an older pack
/// is there, which stays with its own list. Throws as write_pack().
bool leave_fault_list(const std::filesystem::path& out, const std::vector<SourceFault>& faults);

}  // namespace lockstep
