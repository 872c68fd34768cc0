#include "trainer/evaluation.h"

#include <bit>
#include <cmath>
#include <vector>

#include "core/error.h"

namespace lockstep {
namespace {

/// What sum_batch gave for one batch, as doubles: [values].
std::vector<double> to_host(const at::Tensor& values) {
  const at::Tensor host = values.to(at::kCPU).contiguous();
  const double* begin = host.const_data_ptr<double>();
  return {begin, begin + host.numel()};
}

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
  const auto visit = [&](const DeviceBatch& batch, const at::Tensor& outputs) {
    const std::vector<double> sums = to_host(sum_batch(task, outputs, batch).values);
    check(std::isfinite(sums[1]), ExitCode::internal,
          "the loss of evaluation batch {} is {}: the model has diverged", batch.index, sums[1]);
    for (std::size_t i = 0; i < numbers; ++i) {
      totals[numbers * batch.index + i] = std::bit_cast<std::int64_t>(sums[i]);
    }
  };
  if (for_each_batch(model, std::move(dataset), options, communicator, hooks, visit) ==
      PassOutcome::stopped) {
    return std::nullopt;
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
