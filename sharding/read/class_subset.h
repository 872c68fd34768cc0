#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sharding/read/dataset.h"

namespace lockstep {

/// The samples of `dataset` that are of some of its classes, in the order of its ids; those of
/// class `classes`[i] have the label i. Reads every label once. Holds 16 bytes for each run of
/// consecutive samples that are taken: almost nothing where samples are sorted by class, and never
/// more than 8 bytes for each sample of `dataset`. Throws Error(data).
///
///     choose_classes(pack.split("train"), {5, 3})   // two classes, 0 and 1
std::shared_ptr<const Dataset> choose_classes(std::shared_ptr<const Dataset> dataset,
                                              const std::vector<std::int64_t>& classes);

}  // namespace lockstep
