#pragma once

#include "sharding/read/dataset.h"
#include "trainer/task/task_options.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// Whether labels that are usually for the task `labels` can be learned as `task`: flags as numbers
/// too, and numbers that are all 0 or 1 as flags.
bool can_be_learned_as(TaskKind task, TaskKind labels);

/// All of a task that begins on `train`, whose labels are usually for `labels`
/// (task_of_labels): what `options` choose, and the statistics of the targets. Reads every label a
/// few times where the task has targets. Throws Error(usage) where the options do not fit the
/// labels or each other, Error(data) where a target is not a finite number.
TaskSpec task_of_training(const TaskOptions& options, TaskSpec labels, const Dataset& train);

/// The same for a run that goes on: `spec` stays, but for its loss and thresholds, which are those
/// of `options`.
TaskSpec task_of_continuation(const TaskOptions& options, TaskSpec spec, const Dataset& train);

}  // namespace lockstep
