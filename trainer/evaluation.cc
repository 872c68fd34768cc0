#include "trainer/evaluation.h"

#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "trainer/lane_runner.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kRoundsBetweenStopChecks = 8;

bool any_rank(Communicator& communicator, bool here) {
  std::array<std::int64_t, 1> flag = {here ? 1 : 0};
  communicator.all_reduce_sum(std::span<std::int64_t>(flag));
  return flag[0] > 0;
}

}  // namespace

std::optional<MetricSums> evaluate(ImageModel& model, std::shared_ptr<const Dataset> dataset,
                                   const EvaluationOptions& options, Communicator& communicator,
                                   const EvaluationHooks& hooks) {
  const std::uint64_t samples = dataset->size();
  const auto batch_size = static_cast<std::uint64_t>(options.batch);
  const std::uint64_t batches = (samples + batch_size - 1) / batch_size;
  const auto ranks = static_cast<std::uint64_t>(communicator.size());
  const std::uint64_t rounds = (batches + ranks - 1) / ranks;

  const at::NoGradGuard no_grad;
  model.eval();
  BatchFeed feed(
      std::move(dataset), options.loader,
      evaluation_batches(samples, options.batch, communicator.rank(), communicator.size()),
      options.device);
  // Weight and loss of each batch, as the bits of doubles inside integers that are zero on all
  // other ranks: adding them over the ranks changes nothing.
  std::vector<std::int64_t> totals(2 * batches);
  std::array<std::int64_t, 3> counts = {};  // count, top1, top5
  for (std::uint64_t round = 0; round < rounds; ++round) {
    if (round % kRoundsBetweenStopChecks == 0 &&
        any_rank(communicator, hooks.stop_requested && hooks.stop_requested())) {
      model.train();
      return std::nullopt;
    }
    const std::optional<DeviceBatch> batch = feed.next();
    if (!batch) continue;  // the last round has fewer batches than ranks
    const BatchSums sums = forward(model, *batch, options.precision);
    const at::Tensor host = sums.values.to(at::kCPU);
    const float* values = host.const_data_ptr<float>();
    const double loss = values[BatchSums::kLoss];
    check(std::isfinite(loss), ExitCode::internal,
          "the loss of evaluation batch {} is {}: the model has diverged", batch->index, loss);
    totals[2 * batch->index] =
        std::bit_cast<std::int64_t>(static_cast<double>(values[BatchSums::kWeight]));
    totals[2 * batch->index + 1] = std::bit_cast<std::int64_t>(loss);
    counts[0] += std::llround(values[BatchSums::kCount]);
    counts[1] += std::llround(values[BatchSums::kTop1]);
    counts[2] += std::llround(values[BatchSums::kTop5]);
    if (hooks.progress) hooks.progress(std::min((round + 1) * ranks, batches), batches);
  }
  model.train();
  communicator.all_reduce_sum(std::span<std::int64_t>(totals));
  communicator.all_reduce_sum(std::span<std::int64_t>(counts));

  MetricSums result{.count = counts[0], .top1 = counts[1], .top5 = counts[2]};
  for (std::uint64_t b = 0; b < batches; ++b) {
    result.weight += std::bit_cast<double>(totals[2 * b]);
    result.loss += std::bit_cast<double>(totals[2 * b + 1]);
  }
  check(result.count == static_cast<std::int64_t>(samples), ExitCode::internal,
        "evaluated {} samples of {}: this is a bug, please report it", result.count, samples);
  return result;
}

}  // namespace lockstep
