#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <ATen/core/Tensor.h>

#include "trainer/pass/answer_rounds.h"
#include "trainer/task/task.h"

namespace lockstep {

/// What becomes of samples that cannot be read.
enum class DamagedSamples { told, fatal };

/// What is made of a model's outputs.
struct Answers {
  std::size_t width = 0;                                    ///< K
  std::function<at::Tensor(const at::Tensor& outputs)> of;  ///< [B, ...] -> [B, K]
};

/// Collective: the answers for every sample of `dataset`. Rank 0 is given all of them by `take`, in
/// the order of the ids, as they come; what it throws ends the pass on every rank. The answers'
/// bits do not depend on the number of ranks. Throws Error(data) where a sample cannot be read and
/// that is fatal.
void collect_answers(ImageModel& model, const Answers& answers,
                     std::shared_ptr<const Dataset> dataset, const BatchPassOptions& options,
                     DamagedSamples damaged, Communicator& communicator, const Progress& progress,
                     const std::function<void(const Predictions&)>& take);

/// The same with the answers of `task` (Task::predict).
void predict(ImageModel& model, const Task& task, std::shared_ptr<const Dataset> dataset,
             const BatchPassOptions& options, DamagedSamples damaged, Communicator& communicator,
             const Progress& progress, const std::function<void(const Predictions&)>& take);

}  // namespace lockstep
