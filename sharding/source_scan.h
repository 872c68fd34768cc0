#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sharding/pack_source.h"
#include "sharding/pixel_statistics.h"

namespace lockstep {

struct ScanOptions {
  enum class Depth {
    digest,  ///< read and hash
    pixels,  ///< also decode every image, and gather the statistics of the training split
  };
  Depth depth = Depth::pixels;
  int jobs = 1;  ///< threads; they change nothing but the time
  /// Called on the calling thread with the samples done and their total, if set.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

struct SourceScan {
  /// XXH3-128 of everything that the source gives, in order: two sources with one digest make one
  /// pack.
  std::string digest;
  PixelStatistics statistics;
};

/// Takes one pass over all samples, several at a time; `visit` sees them in order, on the calling
/// thread, with size and hash set. Throws Error(data) that names the first image, in that order,
/// which cannot be read or decoded.
SourceScan scan_source(
    const PackSource& source, const ScanOptions& options,
    const std::function<void(const PackSource::Split&, const SourceSample&)>& visit = {});

}  // namespace lockstep
