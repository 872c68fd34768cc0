#include "trainer/pass/evaluation.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

#include "comm/communicator/gather_texts.h"
#include "core/error.h"

namespace lockstep {
namespace {

/// What sum_batch gave for some of a split's batches. It stays on the device until all are there:
/// no batch waits for the one before.
struct SumsOfBatches {
  std::vector<at::Tensor> values;      ///< [numbers] float64 of each
  std::vector<std::uint64_t> batches;  ///< their numbers in the split

  /// [batches x numbers] float64 in host memory; waits for the device.
  at::Tensor to_host() const { return at::stack(values).to(at::kCPU); }
};

/// Outputs and targets of some batches, where a task ranks them.
struct Answers {
  std::vector<at::Tensor> outputs, targets;  ///< [B, K] float32 of each batch

  /// Collective: [N, K] float32 of all ranks, in host memory.
  static at::Tensor of_all_ranks(const std::vector<at::Tensor>& mine, int width,
                                 Communicator& communicator) {
    const at::Tensor host =
        mine.empty() ? at::empty({0, width}) : at::cat(mine).to(at::kCPU).contiguous();
    const std::string_view bytes(static_cast<const char*>(host.const_data_ptr()), host.nbytes());
    std::vector<at::Tensor> parts;
    for (const std::string& text : gather_texts(communicator, bytes)) {
      const auto numbers = static_cast<std::int64_t>(text.size() / sizeof(float));
      at::Tensor part = at::empty({numbers / width, width});
      std::memcpy(part.mutable_data_ptr(), text.data(), text.size());
      parts.push_back(std::move(part));
    }
    return at::cat(parts);
  }
};

/// Collective.
std::vector<MetricValue> ranking_values(const Task& task, const Answers& mine,
                                        Communicator& communicator) {
  const std::vector<Metric> metrics = task.ranking_metrics();
  if (metrics.empty()) return {};
  const at::Tensor outputs = Answers::of_all_ranks(mine.outputs, task.outputs(), communicator);
  const at::Tensor targets = Answers::of_all_ranks(mine.targets, task.outputs(), communicator);
  const std::vector<double> values = task.ranking_values(outputs, targets);
  std::vector<MetricValue> result;
  for (std::size_t i = 0; i < metrics.size(); ++i) result.push_back({metrics[i], values[i]});
  return result;
}

/// Collective: the sums over all batches of all ranks, added in the order of the batches.
TaskSums add_batches(const SumsOfBatches& mine, const Task& task, std::uint64_t batches,
                     Communicator& communicator) {
  const std::size_t reals = 2 + task.own_sums().reals;
  const std::size_t numbers = reals + 1 + task.own_sums().counts;
  // The sums of each batch, as the bits of doubles inside integers that are zero on all other
  // ranks: adding them over the ranks changes nothing.
  std::vector<std::int64_t> totals(numbers * batches);
  if (!mine.values.empty()) {
    const at::Tensor host = mine.to_host();
    const double* sums = host.const_data_ptr<double>();
    for (const std::uint64_t batch : mine.batches) {
      check(std::isfinite(sums[1]), ExitCode::internal,
            "the loss of evaluation batch {} is {}: the model has diverged", batch, sums[1]);
      for (std::size_t i = 0; i < numbers; ++i) {
        totals[numbers * batch + i] = std::bit_cast<std::int64_t>(*sums++);
      }
    }
  }
  communicator.all_reduce_sum(std::span<std::int64_t>(totals));

  std::vector<double> real_sums(reals);
  std::vector<std::int64_t> counts(numbers - reals);
  for (std::uint64_t b = 0; b < batches; ++b) {
    for (std::size_t i = 0; i < numbers; ++i) {
      const auto value = std::bit_cast<double>(totals[numbers * b + i]);
      if (i < reals) {
        real_sums[i] += value;
      } else {
        counts[i - reals] += std::llround(value);
      }
    }
  }
  return make_task_sums(real_sums, counts);
}

}  // namespace

std::optional<Evaluation> evaluate(ImageModel& model, const Task& task,
                                   std::shared_ptr<const Dataset> dataset,
                                   const BatchPassOptions& options, Communicator& communicator,
                                   const BatchPassHooks& hooks) {
  const std::uint64_t samples = dataset->size();
  const bool ranks = !task.ranking_metrics().empty();
  SumsOfBatches mine;
  Answers answers;
  const auto visit = [&](const DeviceBatch& batch, const at::Tensor& outputs) {
    mine.values.push_back(sum_batch(task, outputs, batch).values);
    mine.batches.push_back(batch.index);
    if (!ranks) return;
    answers.outputs.push_back(outputs);
    answers.targets.push_back(batch.targets.clone());  // the batch's memory is used again
  };
  if (for_each_batch(model, std::move(dataset), options, communicator, hooks, visit) ==
      PassOutcome::stopped) {
    return std::nullopt;
  }
  Evaluation result{
      .sums = add_batches(mine, task, count_batches(samples, options.batch), communicator),
      .metrics = {}};
  check(result.sums.count == static_cast<std::int64_t>(samples), ExitCode::internal,
        "evaluated {} samples of {}: this is a bug, please report it", result.sums.count, samples);
  result.metrics = task.metric_values(result.sums);
  for (MetricValue& value : ranking_values(task, answers, communicator)) {
    result.metrics.push_back(std::move(value));
  }
  return result;
}

}  // namespace lockstep
