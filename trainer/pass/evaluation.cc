#include "trainer/pass/evaluation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
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
struct RankedAnswers {
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

std::vector<MetricValue> ranking_values(const Task& task, const at::Tensor& outputs,
                                        const at::Tensor& targets) {
  const std::vector<Metric> metrics = task.ranking_metrics();
  if (metrics.empty()) return {};
  const std::vector<double> values = task.ranking_values(outputs, targets);
  std::vector<MetricValue> result;
  for (std::size_t i = 0; i < metrics.size(); ++i) result.push_back({metrics[i], values[i]});
  return result;
}

/// Collective.
std::vector<MetricValue> ranking_of_all_ranks(const Task& task, const RankedAnswers& mine,
                                              Communicator& communicator) {
  if (task.ranking_metrics().empty()) return {};
  const at::Tensor outputs =
      RankedAnswers::of_all_ranks(mine.outputs, task.outputs(), communicator);
  const at::Tensor targets =
      RankedAnswers::of_all_ranks(mine.targets, task.outputs(), communicator);
  return ranking_values(task, outputs, targets);
}

/// What the samples of some batches are and what they are said to be, on the device as the sums.
struct SaidClasses {
  std::vector<at::Tensor> truths, said;  ///< [B] int64 of each batch

  void add(const DeviceBatch& batch, const at::Tensor& outputs) {
    truths.push_back(batch.labels.clone());  // the batch's memory is used again
    said.push_back(outputs.argmax(1));
  }
  /// Collective.
  Confusion of_all_ranks(int classes, Communicator& communicator) const {
    const auto count = static_cast<std::size_t>(classes);
    Confusion confusion = truths.empty()
                              ? Confusion{count, std::vector<std::int64_t>(count * count)}
                              : confusion_of(to_host(truths), to_host(said), count);
    communicator.all_reduce_sum(std::span<std::int64_t>(confusion.counts));
    return confusion;
  }

 private:
  static std::vector<std::int64_t> to_host(const std::vector<at::Tensor>& parts) {
    const at::Tensor host = at::cat(parts).to(at::kCPU).contiguous();
    const auto* first = host.const_data_ptr<std::int64_t>();
    return {first, first + host.numel()};
  }
};

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

/// Without what a ranking gives.
Evaluation evaluation_of(const Task& task, TaskSums sums, std::uint64_t samples) {
  check(sums.count == static_cast<std::int64_t>(samples), ExitCode::internal,
        "evaluated {} samples of {}: this is a bug, please report it", sums.count, samples);
  std::vector<MetricValue> metrics = task.metric_values(sums);
  return {.sums = std::move(sums), .metrics = std::move(metrics)};
}

}  // namespace

std::optional<Evaluation> evaluate(ImageModel& model, const Task& task,
                                   std::shared_ptr<const Dataset> dataset,
                                   const BatchPassOptions& options, Communicator& communicator,
                                   const BatchPassHooks& hooks, const EvaluationWishes& wishes) {
  const std::uint64_t samples = dataset->size();
  const bool ranks = !task.ranking_metrics().empty();
  SumsOfBatches mine;
  RankedAnswers answers;
  SaidClasses classes;
  std::optional<AnswerRounds> rounds;
  BatchPassHooks pass_hooks = hooks;
  if (wishes.take) {
    rounds.emplace(options, samples, static_cast<std::size_t>(task.outputs()), communicator);
    pass_hooks.round_done = [&] {
      rounds->gather(wishes.take);
      if (hooks.round_done) hooks.round_done();
    };
  }
  const auto visit = [&](const DeviceBatch& batch, const at::Tensor& outputs) {
    mine.values.push_back(sum_batch(task, outputs, batch).values);
    mine.batches.push_back(batch.index);
    if (rounds) rounds->add(outputs);
    if (wishes.confusion) classes.add(batch, outputs);
    if (!ranks) return;
    answers.outputs.push_back(outputs);
    answers.targets.push_back(batch.targets.clone());  // the batch's memory is used again
  };
  if (for_each_batch(model, std::move(dataset), options, communicator, pass_hooks, visit) ==
      PassOutcome::stopped) {
    return std::nullopt;
  }
  Evaluation result = evaluation_of(
      task, add_batches(mine, task, count_batches(samples, options.batch), communicator), samples);
  for (MetricValue& value : ranking_of_all_ranks(task, answers, communicator)) {
    result.metrics.push_back(std::move(value));
  }
  if (wishes.confusion) result.confusion = classes.of_all_ranks(task.outputs(), communicator);
  return result;
}

DeviceBatch TrueLabels::batch(std::int64_t first, std::int64_t count) const {
  DeviceBatch batch{.images = {}, .weights = at::ones({count})};
  if (labels.defined()) batch.labels = labels.narrow(0, first, count);
  if (targets.defined()) batch.targets = targets.narrow(0, first, count);
  return batch;
}

Evaluation evaluate_outputs(const Task& task, const at::Tensor& outputs, const TrueLabels& truths,
                            int batch) {
  const auto samples = static_cast<std::uint64_t>(outputs.size(0));
  const std::uint64_t batches = count_batches(samples, batch);
  SumsOfBatches sums;
  for (std::uint64_t b = 0; b < batches; ++b) {
    const auto first = static_cast<std::int64_t>(b) * batch;
    const std::int64_t count = std::min<std::int64_t>(batch, outputs.size(0) - first);
    const at::Tensor part = outputs.narrow(0, first, count);
    sums.values.push_back(sum_batch(task, part, truths.batch(first, count)).values);
    sums.batches.push_back(b);
  }
  const std::unique_ptr<Communicator> alone = make_single_communicator();
  Evaluation result = evaluation_of(task, add_batches(sums, task, batches, *alone), samples);
  for (MetricValue& value : ranking_values(task, outputs, truths.targets)) {
    result.metrics.push_back(std::move(value));
  }
  return result;
}

}  // namespace lockstep
