#pragma once

#include <nlohmann/json.hpp>

#include "core/json_fields.h"

namespace lockstep {

/// Whether the figures of an evaluation, in all and of each class (label, target), and their
/// intervals can be what they are called. Throws Error(data) that names the one that cannot; null
/// is a figure that is undefined.
void check_evaluation(const JsonFields<nlohmann::json>& evaluation);

}  // namespace lockstep
