#pragma once

#include <memory>
#include <vector>

#include "sharding/read/dataset.h"

namespace lockstep {

/// The samples of the first of `parts`, then those of the second, and so on, numbered through. Of
/// one part: that itself. All are of one pack: their images and labels are of one kind.
///
///     join_datasets({pack.split("train"), pack.split("valid")})
std::shared_ptr<const Dataset> join_datasets(std::vector<std::shared_ptr<const Dataset>> parts);

}  // namespace lockstep
