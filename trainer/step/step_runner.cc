#include "trainer/step/step_runner.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "trainer/lane/numerics.h"
#include "trainer/step/rank_agreement.h"

namespace lockstep {
namespace {

void tell(const StepHooks& hooks, std::string_view phase) {
  if (hooks.phase) hooks.phase(phase);
}

/// 1 / the sum of weights, on the device. A step whose samples all weigh nothing moves nothing but
/// the momentum.
at::Tensor gradient_scale(const at::Tensor& tail) {
  const at::Tensor weight = LaneTail::real(tail, 0).to(at::kDouble);
  return at::where(weight.gt(0), weight.reciprocal(), 0.0);
}

/// [1] float32, on the device: not finite where one of `values` is not.
at::Tensor magnitude(const at::Tensor& values) {
  return at::linalg_vector_norm(values, std::numeric_limits<double>::infinity()).view(1);
}

/// LibTorch's reason without its stack of calls, and what decides the shapes that it speaks of.
[[noreturn]] void fail_in_first_lane(const c10::Error& error, const at::Tensor& images) {
  const std::string what =
      fmt::format("{} images of {}x{} pixels and {} channel{}", images.size(0), images.size(2),
                  images.size(3), images.size(1), images.size(1) == 1 ? "" : "s");
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) {
    fail(ExitCode::internal,
         "the device has too little memory to train on a lane of {}: lower train.batch (with more "
         "lanes the global batch stays) or data.image_size",
         what);
  }
  if (dynamic_cast<const c10::AcceleratorError*>(&error) != nullptr) throw;
  std::string reason = error.what_without_backtrace();
  reason = reason.substr(0, reason.find('\n'));
  fail(ExitCode::usage,
       "the network cannot be trained on a lane of {}: {}. Change train.batch, data.image_size, "
       "train.image_size or the keys of the model",
       what, reason);
}

}  // namespace

StepRunner::StepRunner(const StepOptions& options, StepParts parts)
    : options_(options), parts_(std::move(parts)), tail_(parts_.task.tail()) {
  parts_.model.attach_slots(parts_.reducer.slots());
}

/// A lane in a buffer of its own; the model's slots are the reducer's again.
at::Tensor StepRunner::lane_alone(const DeviceBatch& batch, std::int64_t step) {
  std::array<at::Tensor, 1> buffer = {
      at::zeros({parts_.model.lane_elements()}, parts_.model.parameters().options())};
  parts_.model.attach_slots(buffer);
  parts_.model.use_slot(0);
  run_lane(batch, step, 0, buffer[0]);
  // The buffers as they were: an evaluation may come before the next lane.
  parts_.model.begin_lane();
  parts_.model.attach_slots(parts_.reducer.slots());
  return buffer[0].cpu();
}

void StepRunner::try_lane(const DeviceBatch& batch) { lane_alone(batch, 0); }

void StepRunner::check_that_ranks_agree(const DeviceBatch& batch, std::int64_t step,
                                        Communicator& communicator) {
  check_equal_on_all_ranks(lane_alone(batch, step), communicator);
}

void StepRunner::run_lane(const DeviceBatch& batch, std::int64_t step, int lane,
                          at::Tensor& buffer) {
  seed_lane(options_.seed, step, lane);
  parts_.model.begin_lane();
  try {
    const at::Tensor outputs = run_network(parts_.model.model(), batch.images, options_.precision);
    const BatchSums sums = sum_batch(parts_.task, outputs, batch);
    torch::autograd::backward({sums.loss}, {});
    tail_.write(sums.values, parts_.model.tail_in(buffer));
  } catch (const c10::Error& error) {
    if (shapes_known_good_) throw;
    fail_in_first_lane(error, batch.images);
  }
  parts_.model.end_lane(lane, buffer);
  shapes_known_good_ = true;
}

/// Not more than two lanes ahead: their batches are in the device's memory, and a call that gives
/// it work waits, with no eye on the other ranks, where too much of it has not begun.
void StepRunner::stay_near_the_device() {
  constexpr std::size_t kLanesAhead = 2;
  while (lanes_.size() >= kLanesAhead) {
    parts_.reducer.wait([&] { return lanes_.front().passed(); });
    lanes_.pop_front();
  }
}

/// The sum of all lanes' buffers.
at::Tensor StepRunner::run_lanes(BatchFeed& feed, std::int64_t step, const StepHooks& hooks) {
  for (int lane = options_.own.first; lane < options_.own.last; ++lane) {
    tell(hooks, "reading data");
    stay_near_the_device();
    const std::optional<DeviceBatch> batch = feed.next();  // training batches never end
    tell(hooks, "computing");
    const int slot = parts_.reducer.begin_lane(lane);
    parts_.model.use_slot(slot);
    at::Tensor buffer = parts_.reducer.slots()[static_cast<std::size_t>(slot)];
    if (lane == options_.own.last - 1) {  // its gradients may travel while the rest is computed
      parts_.model.set_gradient_listener([this](std::int64_t range_begin, std::int64_t range_end) {
        parts_.reducer.ready(range_begin, range_end);
      });
    }
    run_lane(*batch, step, lane, buffer);
    parts_.model.set_gradient_listener({});
    if (hooks.stop_requested && hooks.stop_requested()) {
      LaneTail::request_stop(parts_.model.tail_in(buffer));
    }
    parts_.reducer.end_lane(lane);
    lanes_.emplace_back(parts_.model.device());
  }
  tell(hooks, "reducing gradients");
  return parts_.reducer.reduce();
}

/// The tail, and behind it the largest magnitudes of gradient and parameters.
at::Tensor StepRunner::with_magnitudes(const at::Tensor& tail, const at::Tensor& sum) {
  const at::NoGradGuard no_grad;
  if (parts_.model.parameters().numel() == 0) return tail;
  return at::cat(
      {tail, magnitude(parts_.model.gradients_in(sum)), magnitude(parts_.model.parameters())});
}

void StepRunner::begin(BatchFeed& feed, std::int64_t step, const StepSize& size,
                       const StepHooks& hooks) {
  const at::Tensor sum = run_lanes(feed, step, hooks);
  const at::Tensor tail = parts_.model.tail_in(sum);
  parts_.optimizer.step({parts_.model.parameters(), parts_.model.parameter_layout()},
                        parts_.model.gradients_in(sum), gradient_scale(tail), size);
  parts_.model.end_step(sum, options_.lanes);
  begun_.emplace_back(options_.looks_for_infinities ? with_magnitudes(tail, sum) : tail);
  if (parts_.after_update) parts_.after_update(step + 1);
}

StepResult StepRunner::end() {
  const HostCopy tail = std::move(begun_.front());
  begun_.pop_front();
  parts_.reducer.wait([&] { return tail.arrived(); });
  const LaneTail::Numbers numbers = tail_.read(tail.values());
  StepResult result{.sums = make_task_sums(numbers.reals, numbers.counts),
                    .stop_requested = numbers.stop_requested};
  if (tail.values().numel() > tail_.elements()) {
    const float* const magnitudes = tail.values().const_data_ptr<float>() + tail_.elements();
    result.gradient_is_finite = std::isfinite(magnitudes[0]);
    result.parameters_are_finite = std::isfinite(magnitudes[1]);
  }
  return result;
}

}  // namespace lockstep
