#include "trainer/pass/evaluation.h"

#include <bit>
#include <cmath>
#include <vector>

#include <ATen/ops/stack.h>

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

}  // namespace

std::optional<TaskSums> evaluate(ImageModel& model, const Task& task,
                                 std::shared_ptr<const Dataset> dataset,
                                 const BatchPassOptions& options, Communicator& communicator,
                                 const BatchPassHooks& hooks) {
  const std::uint64_t samples = dataset->size();
  const std::uint64_t batches = count_batches(samples, options.batch);
  const std::size_t reals = 2 + task.own_sums().reals;
  const std::size_t numbers = reals + 1 + task.own_sums().counts;
  // The sums of each batch, as the bits of doubles inside integers that are zero on all other
  // ranks: adding them over the ranks changes nothing.
  std::vector<std::int64_t> totals(numbers * batches);
  SumsOfBatches mine;
  const auto visit = [&](const DeviceBatch& batch, const at::Tensor& outputs) {
    mine.values.push_back(sum_batch(task, outputs, batch).values);
    mine.batches.push_back(batch.index);
  };
  if (for_each_batch(model, std::move(dataset), options, communicator, hooks, visit) ==
      PassOutcome::stopped) {
    return std::nullopt;
  }
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
  const TaskSums result = make_task_sums(real_sums, counts);
  check(result.count == static_cast<std::int64_t>(samples), ExitCode::internal,
        "evaluated {} samples of {}: this is a bug, please report it", result.count, samples);
  return result;
}

}  // namespace lockstep
