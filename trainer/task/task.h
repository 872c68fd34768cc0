#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "trainer/lane/batch_feed.h"
#include "trainer/lane/lane_tail.h"
#include "trainer/task/metric.h"
#include "trainer/task/task_spec.h"
#include "trainer/task/task_sums.h"

namespace lockstep {

/// What is learned: the loss, the metrics and the meaning of a network's outputs. Everything that
/// differs between classification, regression and so on is here. Stateless; made from the spec that
/// a checkpoint holds (make_task).
///
///     const std::unique_ptr<Task> task = make_task(spec);
///     const BatchSums sums = sum_batch(*task, outputs, batch);
///     to_text(task->metric_values(total))     // "loss 0.27, accuracy 90.29 %"
class Task {
 public:
  explicit Task(TaskSpec spec) : spec_(std::move(spec)) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const TaskSpec& spec() const { return spec_; }
  /// K, the length of the network's output.
  int outputs() const { return static_cast<int>(spec_.names.size()); }

  /// outputs [B, K] float32 -> the loss of each sample [B], before its weight. Mixed samples
  /// (DeviceBatch::mix_shares) are taken into account.
  virtual at::Tensor losses(const at::Tensor& outputs, const DeviceBatch& batch) const = 0;

  /// How many numbers sums() gives.
  virtual SumShape own_sums() const = 0;
  /// outputs [B, K] float32, without gradients -> [reals + counts] float64, each a sum over the
  /// batch, counts below 2^32. Nothing waits for the device. Reals travel in float32: of large or
  /// small units they should be sums of standardised numbers.
  virtual at::Tensor sums(const at::Tensor& outputs, const DeviceBatch& batch) const = 0;

  /// How a model is judged, the most important metric first. Without the loss, which every task
  /// has.
  virtual std::vector<Metric> metrics() const = 0;
  /// The name of the metric that `checkpoint.best: auto` means.
  virtual std::string main_metric() const { return metrics().front().name; }
  /// The value of each of metrics().
  virtual std::vector<double> values(const TaskSums& sums) const = 0;

  /// More of them, which follow from all samples of a split at once and not from sums.
  virtual std::vector<Metric> ranking_metrics() const { return {}; }
  /// The value of each of ranking_metrics(), not a number where it is undefined. `outputs` and
  /// `targets` [N, K] float32 in host memory, samples in any order.
  virtual std::vector<double> ranking_values(const at::Tensor& /*outputs*/,
                                             const at::Tensor& /*targets*/) const {
    return {};
  }

  /// The mean loss of outputs that are all 0, as those of a network that knows nothing are nearly;
  /// std::nullopt where that depends on the samples.
  virtual std::optional<double> uninformed_loss() const = 0;

  /// outputs [B, K] float32 -> answers in the labels' own terms [B, K] float32: the probability of
  /// each class or label; numbers in their unit.
  virtual at::Tensor predict(const at::Tensor& outputs) const = 0;
  /// Outputs [B, K] float32 of several networks -> those whose answers are the means of theirs.
  virtual at::Tensor mean_outputs(const std::vector<at::Tensor>& outputs) const = 0;

  /// The mean loss and metrics() with their values.
  std::vector<MetricValue> metric_values(const TaskSums& sums) const;

  /// For the numbers of sum_batch.
  LaneTail tail() const;

 private:
  TaskSpec spec_;
};

/// What one batch gave, on its device and unread: nothing waits for it.
struct BatchSums {
  at::Tensor loss;    ///< the weighted sum of losses, to back-propagate
  at::Tensor values;  ///< float64: [weight, loss, the task's real sums, count, the task's counts]
};

/// `outputs` [B, K] float32 of the network for `batch`.
BatchSums sum_batch(const Task& task, const at::Tensor& outputs, const DeviceBatch& batch);

}  // namespace lockstep
