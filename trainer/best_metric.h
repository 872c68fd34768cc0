#pragma once

#include <string>
#include <vector>

#include "trainer/reports.h"
#include "trainer/task/task.h"

namespace lockstep {

/// What `checkpoint.best` means for this task: `wanted` itself, such as "valid/accuracy"; for
/// "auto" the task's main metric on the validation split, of the average where one is kept. Throws
/// Error(usage) that names those that there are.
std::string resolve_best_metric(const std::string& wanted, const Task& task, bool has_average);

/// What is evaluated at the end of an epoch, beside what training sums up.
struct MeasuredSplits {
  bool train_eval = false;
  bool valid = false;
  bool average = false;  ///< of the weights, on `valid`
};

/// What the epochs of a run are measured by: "train/loss", "valid/accuracy", …
std::vector<std::string> epoch_metric_names(const Task& task, const MeasuredSplits& splits);

/// The value that a resolved `name` has in `report`, which has those of the validation split.
const MetricValue& best_metric(const EpochReport& report, const std::string& name);

}  // namespace lockstep
