#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "analysis/confusion.h"
#include "trainer/pass/answer_rounds.h"
#include "trainer/task/task.h"

namespace lockstep {

/// What a model was measured to be on a split.
struct Evaluation {
  TaskSums sums;
  std::vector<MetricValue> metrics;  ///< the loss, the task's metrics, and those of its ranking
  std::optional<Confusion> confusion = {};  ///< where it was wished for
};

/// What an evaluation gives beside its figures.
struct EvaluationWishes {
  /// Where it is not empty, it is given the outputs on rank 0, in the order of the ids, as they
  /// come.
  std::function<void(const Predictions&)> take = {};
  bool confusion = false;  ///< of classes
};

/// Collective: over every sample of `dataset`, each once. Counts are exact, real sums are double
/// and added in batch order, so the result does not depend on the number of ranks. std::nullopt on
/// every rank where one was asked to stop. Throws Error(internal) where the loss of a batch is not
/// finite. Where the task ranks, all outputs and targets are in the memory of each rank: 8 bytes a
/// sample and output.
std::optional<Evaluation> evaluate(ImageModel& model, const Task& task,
                                   std::shared_ptr<const Dataset> dataset,
                                   const BatchPassOptions& options, Communicator& communicator,
                                   const BatchPassHooks& hooks,
                                   const EvaluationWishes& wishes = {});

/// What samples are: one of the two, as a pack's labels are.
struct TrueLabels {
  at::Tensor labels = {};   ///< [N] int64: class numbers
  at::Tensor targets = {};  ///< [N, K] float32: numbers or flags

  /// Of samples [first, first + count), which weigh 1 each, in host memory.
  DeviceBatch batch(std::int64_t first, std::int64_t count) const;
};

/// The same for outputs [N, K] float32 that are there already, in host memory, by batches of
/// `batch`: to the bit what evaluate() says of a model on a CPU that gives them.
Evaluation evaluate_outputs(const Task& task, const at::Tensor& outputs, const TrueLabels& truths,
                            int batch);

}  // namespace lockstep
