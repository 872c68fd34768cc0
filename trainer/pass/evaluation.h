#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "trainer/pass/batch_pass.h"
#include "trainer/task/task.h"

namespace lockstep {

/// What a model was measured to be on a split.
struct Evaluation {
  TaskSums sums;
  std::vector<MetricValue> metrics;  ///< the loss, the task's metrics, and those of its ranking
};

/// Collective: over every sample of `dataset`, each once. Counts are exact, real sums are double
/// and added in batch order, so the result does not depend on the number of ranks. std::nullopt on
/// every rank where one was asked to stop. Throws Error(internal) where the loss of a batch is not
/// finite. Where the task ranks, all outputs and targets are in the memory of each rank: 8 bytes a
/// sample and output.
std::optional<Evaluation> evaluate(ImageModel& model, const Task& task,
                                   std::shared_ptr<const Dataset> dataset,
                                   const BatchPassOptions& options, Communicator& communicator,
                                   const BatchPassHooks& hooks);

}  // namespace lockstep
