#pragma once

#include <memory>
#include <optional>

#include "trainer/pass/batch_pass.h"
#include "trainer/task/task.h"

namespace lockstep {

/// Collective: the task's sums over every sample of `dataset`, each once. Counts are exact, real
/// sums are double and added in batch order, so the result does not depend on the number of ranks.
/// std::nullopt on every rank where one was asked to stop. Throws Error(internal) where the loss of
/// a batch is not finite.
std::optional<TaskSums> evaluate(ImageModel& model, const Task& task,
                                 std::shared_ptr<const Dataset> dataset,
                                 const BatchPassOptions& options, Communicator& communicator,
                                 const BatchPassHooks& hooks);

}  // namespace lockstep
