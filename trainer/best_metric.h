#pragma once

#include <string>
#include <vector>

#include "trainer/task/task.h"

namespace lockstep {

/// What `checkpoint.best` means for this task: `wanted` itself, such as "valid/accuracy"; for
/// "auto" the task's main metric on the validation split. Throws Error(usage) that names those
/// that there are.
std::string resolve_best_metric(const std::string& wanted, const Task& task);

/// The value that a resolved `name` has among those of the validation split.
const MetricValue& best_metric(const std::vector<MetricValue>& valid, const std::string& name);

}  // namespace lockstep
