#pragma once

#include <string>
#include <vector>

#include "launcher/doctor/finding.h"
#include "sharding/feed/data_options.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// Whether each class or flag has samples enough beside the others, and numbers vary. `names` are
/// those of the pack; reads every label of `train`.
Finding check_labels(const Dataset& train, const std::vector<std::string>& names, Balance balance);

}  // namespace lockstep
