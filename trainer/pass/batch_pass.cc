#include "trainer/pass/batch_pass.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include <ATen/core/grad_mode.h>

#include "comm/device/device_mark.h"
#include "trainer/lane/numerics.h"
#include "trainer/pass/evaluation_mode.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kRoundsBetweenStopChecks = 8;
constexpr std::size_t kBatchesAhead = 2;

bool any_rank(Communicator& communicator, bool here) {
  std::array<std::int64_t, 1> flag = {here ? 1 : 0};
  communicator.all_reduce_sum(std::span<std::int64_t>(flag));
  return flag[0] > 0;
}

/// What this rank runs.
BatchPlan plan_of(std::uint64_t samples, const BatchPassOptions& options,
                  const Communicator& communicator) {
  BatchPlan plan =
      evaluation_batches(samples, options.batch, communicator.rank(), communicator.size());
  if (!options.augmented) return plan;
  return [plan = std::move(plan), epoch = *options.augmented](std::uint64_t k) {
    std::optional<BatchRequest> request = plan(k);
    if (request) {
      request->augment = true;
      request->epoch = epoch;
      request->first_position = request->ids.front();
    }
    return request;
  };
}

}  // namespace

std::uint64_t count_batches(std::uint64_t samples, int batch) {
  const auto size = static_cast<std::uint64_t>(batch);
  return (samples + size - 1) / size;
}

PassOutcome for_each_batch(
    ImageModel& model, std::shared_ptr<const Dataset> dataset, const BatchPassOptions& options,
    Communicator& communicator, const BatchPassHooks& hooks,
    const std::function<void(const DeviceBatch& batch, const at::Tensor& outputs)>& visit) {
  const std::uint64_t samples = dataset->size();
  const std::uint64_t batches = count_batches(samples, options.batch);
  const auto ranks = static_cast<std::uint64_t>(communicator.size());
  const std::uint64_t rounds = (batches + ranks - 1) / ranks;

  const at::NoGradGuard no_grad;
  const EvaluationMode evaluation_mode(model);
  BatchFeed feed(std::move(dataset), options.loader, plan_of(samples, options, communicator),
                 options.device);
  std::deque<DeviceMark> ahead;  // the ends of batches that the device is given
  for (std::uint64_t round = 0; round < rounds; ++round) {
    if (round % kRoundsBetweenStopChecks == 0 &&
        any_rank(communicator, hooks.stop_requested && hooks.stop_requested())) {
      return PassOutcome::stopped;
    }
    // The last round has fewer batches than ranks.
    if (const std::optional<DeviceBatch> batch = feed.next()) {
      visit(*batch, run_network(model, batch->images, options.precision));
      // Not further ahead of the device, whose memory holds what was sent.
      ahead.emplace_back(options.device);
      if (ahead.size() > kBatchesAhead) {
        ahead.front().wait();
        ahead.pop_front();
      }
    }
    if (hooks.round_done) hooks.round_done();
    if (hooks.progress) hooks.progress(std::min((round + 1) * ranks, batches), batches);
  }
  return PassOutcome::finished;
}

}  // namespace lockstep
