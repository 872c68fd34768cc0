#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "sharding/survey/duplicates.h"
#include "sharding/survey/pack_summary.h"

namespace lockstep {

/// What `inspect` finds in a pack.
struct PackReport {
  std::vector<SplitSummary> splits;
  DuplicateSearch::Depth depth = DuplicateSearch::Depth::near;
  DuplicateReport duplicates;
};

/// {"fingerprint", "encoding", "label_kind", "channels", "mean", "std", "options",
///  "classes": [name…],
///  "label_names": [name of each target or flag],
///  "advised_image_size": pixels,
///  "splits": {name: {"samples", "shards", "image_bytes", "file_bytes",
///    "height": D, "width": D, "shorter_side": D, "aspect_ratio": D (width / height),
///    "class_samples": [count of each class],
///    "balance": {"ratio", "effective_classes", "empty_classes"}, null without classes,
///    "targets": [D of each target, with "histogram": counts of equal parts of [min, max]],
///    "flag_samples": [count of each flag]}},
///  "duplicates": {"near": were images decoded and compared,
///    "flat_images": of nearly one colour, compared by their bytes alone; null without "near",
///    "leaks": [T…] across splits, "repeats": [T…] within a split}}
/// where D is {"count", "min", "lower_quartile", "median", "upper_quartile", "max", "mean", "std"},
/// and T is {"likeness": "exact" or "near", "similarity", "labels_differ", "first": S, "second": S}
/// with S {"split", "id", "source", "label": a class's number, an array of numbers, or null}.
nlohmann::ordered_json report_to_json(const Pack& pack, const PackReport& report);

}  // namespace lockstep
