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
  /// XXH3-128 of what the source gives: encoding, label kind and width, class names; then for each
  /// split its name and number of samples, and for each sample, in order, its path and its index
  /// record (size, shape, hash, label; the offset 0). Two sources with one digest make one pack
  /// with the same options.
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
