#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/progress.h"
#include "sharding/source/pack_source.h"
#include "sharding/write/image_options.h"
#include "sharding/write/pixel_statistics.h"

namespace lockstep {

struct ScanOptions {
  enum class Depth {
    digest,  ///< read and hash
    pixels,  ///< also check every image, make what is stored of it, and gather statistics
  };
  Depth depth = Depth::pixels;
  ImageOptions image = {};
  int jobs = 1;  ///< threads; they change nothing but the time
  /// Called on the calling thread with the samples done and their total, if set.
  Progress progress;
};

/// Of more encoded images than this, the statistics are taken over every k-th, k being the least
/// that takes no more of them: a mean of 1024 images is good to some 0.005. Of pixels, over all.
inline constexpr std::uint64_t kStatisticsImages = 1024;

struct ClassCount {
  std::uint64_t samples = 0;
  std::uint64_t good = 0;
};

struct SourceScan {
  /// XXH3-128 of what the source gives, whether it can be packed or not: its encoding, label kind
  /// and width, names of classes, targets or flags, and the faults that it has found; then for each
  /// split its name and number of samples, and for each sample, in order, its path, its label and
  /// the size and hash of its bytes (also the shape, of pixels), or why it could not be read. Two
  /// sources with one digest make one pack with the same options.
  std::string digest;

  // ---- with Depth::pixels
  PixelStatistics statistics;       ///< of the first split: train, where there is one
  std::vector<SourceFault> faults;  ///< those of the source, then those that were found, in order
  std::vector<std::uint64_t> good;  ///< of each split, the number of samples that are good
  std::vector<ClassCount> first_split_classes;  ///< empty where labels are not classes
};

/// Takes one pass over all samples, several at a time; `visit` sees the good ones in order, on the
/// calling thread, as they are stored, with size and hash set.
SourceScan scan_source(
    const PackSource& source, const ScanOptions& options,
    const std::function<void(const PackSource::Split&, const SourceSample&)>& visit = {});

/// "3", or the targets with spaces between: a sample's label as a fault shows it.
std::string label_text(const PackSource& source, const SourceSample& sample);

}  // namespace lockstep
