#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sharding/read/dataset.h"

namespace lockstep {

/// The samples of `dataset` with these `ids`, in their order.
std::shared_ptr<const Dataset> choose_samples(std::shared_ptr<const Dataset> dataset,
                                              std::vector<std::uint64_t> ids);

}  // namespace lockstep
