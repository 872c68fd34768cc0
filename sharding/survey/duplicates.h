#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/names.h"
#include "core/progress.h"
#include "sharding/read/pack.h"

namespace lockstep {

/// A sample that has a twin.
struct TwinSample {
  std::size_t split = 0;  ///< its number in the manifest
  std::uint64_t id = 0;
  std::string source;  ///< where it came from, as /source says
  std::int64_t label = -1;
  std::vector<float> targets;
};

enum class Likeness {
  exact,  ///< the same bytes
  near,   ///< the same picture by eye: scaled, compressed again, a little brighter
};
inline constexpr EnumName<Likeness> kLikenessNames[] = {
    {Likeness::exact, "exact"},
    {Likeness::near, "near"},
};
constexpr std::span<const EnumName<Likeness>> enum_names(Likeness) { return kLikenessNames; }

/// Two samples that show the same. `second` comes later: in a later split, or under a higher id.
struct Twins {
  TwinSample first;
  TwinSample second;
  Likeness likeness = Likeness::exact;
  double similarity = 1;  ///< correlation of the thumbnails; 1 where the bytes are equal

  bool labels_differ() const {
    return first.label != second.label || first.targets != second.targets;
  }
};

/// What is in a pack more than once. Each sample is `second` at most once in each list, beside
/// the most similar of those before it; exact twins first, then by falling similarity.
struct DuplicateReport {
  std::vector<Twins> leaks;       ///< across splits: `second` is seen in training
  std::vector<Twins> repeats;     ///< within a split
  std::uint64_t flat_images = 0;  ///< of nearly one colour: compared by their bytes alone
};

struct DuplicateSearch {
  enum class Depth {
    exact,  ///< decodes nothing; reads only samples whose hash occurs twice
    near,   ///< decodes every image
  };
  Depth depth = Depth::near;
  int jobs = 0;  ///< threads; 0: one a core. The report is the same
  /// Called on this thread; how much is done of the pass that `total` counts.
  Progress progress;
};

/// Looks for samples with the same bytes, and for images that look the same: a perceptual hash
/// (imaging/render/perceptual_hash.h) proposes (sharding/survey/near_hashes.h), the correlation of
/// thumbnails decides. Memory: 24 bytes a sample at most, and more only for those that have a twin
/// or a candidate. Throws Error(data) that names the sample where the pack or an image is damaged.
DuplicateReport find_duplicates(const Pack& pack, const DuplicateSearch& search);

}  // namespace lockstep
