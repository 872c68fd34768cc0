#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "analysis/scored_samples.h"
#include "launcher/evaluation/evaluation_report.h"
#include "sharding/read/pack.h"

namespace lockstep {

/// The samples of a split that a model is asked about, as its pack has them.
struct SplitSamples {
  std::vector<std::uint64_t> numbers;          ///< in the split
  std::vector<std::string> sources;            ///< where each is from
  std::vector<std::uint32_t> heights, widths;  ///< of the images, in pixels
};

/// Of those whose classes are in `classes` (names; empty: all). HDF5 works in a child process, so
/// call it before any thread is started. Throws Error(data).
SplitSamples read_split_samples(const Pack& pack, const std::string& split,
                                const std::vector<std::string>& classes);

/// The classes of all samples; empty where labels are not classes.
std::vector<std::int64_t> class_labels(const Dataset& dataset);

/// What --by names. `name` is "class" (of classification), "size" (the shorter side of the image),
/// "folder" (of its source), or a column of the table `columns`, which has a row for each sample
/// that is known by its source. Throws Error(usage).
SampleColumn sample_column(const std::string& name, const std::filesystem::path& columns,
                           const SplitSamples& samples, const TaskSpec& task,
                           std::span<const std::int64_t> labels);

}  // namespace lockstep
