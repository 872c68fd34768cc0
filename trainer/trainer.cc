#include "trainer/trainer.h"

#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "trainer/evaluation.h"
#include "trainer/lane_runner.h"
#include "trainer/rank_agreement.h"
#include "trainer/tensor_io.h"

namespace lockstep {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

TrainingBatchesOptions loader_plan(const TrainerOptions& options, const TrainerParts& parts,
                                   const TrainingPlan& plan, const Cursor& start, LaneRange lanes) {
  return {.samples = plan.samples,
          .seed = options.seed,
          .start = start,
          .batch = plan.batch,
          .lanes = plan.lanes,
          .order = parts.order,
          .first_lane = lanes.first,
          .last_lane = lanes.last};
}

}  // namespace

Trainer::Trainer(const TrainerOptions& options, const TrainingPlan& plan, TrainingState state,
                 TrainerParts parts, TrainObserver& observer)
    : options_(options),
      plan_(plan),
      parts_(std::move(parts)),
      observer_(observer),
      lanes_(lanes_of_rank(plan.lanes, parts_.communicator.rank(), parts_.communicator.size())),
      state_(std::move(state)) {
  if (state_.step > 0) committed_ = {state_.step, state_.evaluated_epochs};
}

TrainOutcome Trainer::run() {
  check_that_ranks_agree();
  parts_.model.attach_slots(parts_.reducer.slots());
  feed_ = std::make_unique<BatchFeed>(
      parts_.train, options_.loader,
      training_batches(loader_plan(options_, parts_, plan_, state_.cursor, lanes_)),
      parts_.model.device());
  while (true) {
    bool stopping = false;
    if (!epoch_is_open()) stopping = !finish_epoch();
    if (!stopping && is_done()) break;
    if (!stopping) stopping = run_step();
    if (stopping) {
      commit();
      return TrainOutcome::stopped;
    }
    if (options_.checkpoint.every_steps > 0 && state_.step % options_.checkpoint.every_steps == 0 &&
        epoch_is_open()) {
      commit();
    }
  }
  commit();
  return TrainOutcome::finished;
}

/// Whether the present epoch still has steps; if not, its evaluation is due.
bool Trainer::epoch_is_open() const {
  return state_.evaluated_epochs == static_cast<std::int64_t>(state_.cursor.epoch);
}

bool Trainer::is_done() const {
  return static_cast<std::int64_t>(state_.cursor.epoch) >= options_.train.epochs ||
         (options_.train.max_steps > 0 && state_.step >= options_.train.max_steps);
}

/// Every rank computes lane 0 of the next step; equal bits show that all ranks chose the same
/// kernels.
void Trainer::check_that_ranks_agree() {
  if (parts_.communicator.size() == 1 || options_.train.reduction != ReductionKind::exact ||
      is_done())
    return;
  observer_.phase("comparing the ranks' arithmetic", state_.step);
  BatchLoaderOptions options = options_.loader;
  options.workers = 0;
  BatchFeed feed(parts_.train, options,
                 training_batches(loader_plan(options_, parts_, plan_, state_.cursor, {0, 1})),
                 parts_.model.device());
  std::array<at::Tensor, 1> buffer = {
      at::zeros({parts_.model.lane_elements()}, parts_.model.parameters().options())};
  parts_.model.attach_slots(buffer);
  parts_.model.use_slot(0);
  run_lane(*feed.next(), 0, buffer[0]);
  // The stop request in the tail may differ between ranks, and is none of the arithmetic.
  parts_.model.tail_in(buffer[0])[FlatModel::kStopRequests] = 0;
  check_equal_on_all_ranks(buffer[0].cpu(), parts_.communicator);
  // The buffers as they were: an evaluation may come before the next lane.
  parts_.model.begin_lane();
}

void Trainer::run_lane(const DeviceBatch& batch, int lane, at::Tensor& buffer) {
  seed_lane(options_.seed, state_.step, lane);
  parts_.model.begin_lane();
  const BatchSums sums = forward(parts_.model.model(), batch, options_.train.precision);
  torch::autograd::backward({sums.loss}, {});
  parts_.model.end_lane(lane, buffer);

  const at::NoGradGuard no_grad;
  at::Tensor tail = parts_.model.tail_in(buffer);
  static_assert(
      FlatModel::kWeight == int{BatchSums::kWeight} && FlatModel::kLoss == int{BatchSums::kLoss} &&
      FlatModel::kCount == int{BatchSums::kCount} && FlatModel::kTop1 == int{BatchSums::kTop1} &&
      FlatModel::kTop5 == int{BatchSums::kTop5});
  tail.narrow(0, 0, BatchSums::kSize).copy_(sums.values);
  if (observer_.stop_requested()) tail[FlatModel::kStopRequests] = 1;
}

/// One step. True where some rank was asked to stop: every rank sees the same.
bool Trainer::run_step() {
  const double begin = now();
  const double waited_before = feed_->seconds_waited();
  const double reduced_before = parts_.reducer.seconds();
  const double rate = state_.schedule.rate(epochs_done(state_.cursor, plan_.shape()));
  for (int lane = lanes_.first; lane < lanes_.last; ++lane) {
    observer_.phase("reading data", state_.step);
    const std::optional<DeviceBatch> batch = feed_->next();  // a training plan never ends
    observer_.phase("computing", state_.step);
    const int slot = parts_.reducer.begin_lane(lane);
    parts_.model.use_slot(slot);
    at::Tensor buffer = parts_.reducer.slots()[static_cast<std::size_t>(slot)];
    if (lane == lanes_.last - 1) {  // its gradients may travel while the rest of them is computed
      parts_.model.set_gradient_listener([this](std::int64_t range_begin, std::int64_t range_end) {
        parts_.reducer.ready(range_begin, range_end);
      });
    }
    run_lane(*batch, lane, buffer);
    parts_.model.set_gradient_listener({});
    parts_.reducer.end_lane(lane);
  }
  observer_.phase("reducing gradients", state_.step);
  const at::Tensor sum = parts_.reducer.reduce();
  const at::Tensor tail = parts_.model.tail_in(sum).to(at::kCPU);
  const float* values = tail.const_data_ptr<float>();

  MetricSums sums{.weight = values[FlatModel::kWeight],
                  .loss = values[FlatModel::kLoss],
                  .count = std::llround(values[FlatModel::kCount]),
                  .top1 = std::llround(values[FlatModel::kTop1]),
                  .top5 = std::llround(values[FlatModel::kTop5])};
  check(std::isfinite(sums.loss), ExitCode::internal,
        "the loss is {} at step {} (learning rate {:.4g}): training has diverged. Lower "
        "optimizer.lr or lengthen schedule.warmup_epochs; the checkpoints written so far are whole",
        sums.loss, state_.step, rate);
  // A step whose samples all weigh nothing moves nothing but the momentum.
  const double scale = sums.weight > 0 ? 1 / sums.weight : 0;
  parts_.optimizer.step(parts_.model.parameters(), parts_.model.gradients_in(sum), scale, rate);
  parts_.model.end_step(sum, plan_.lanes);

  state_.step += 1;
  state_.cursor = advance(state_.cursor, 1, plan_.shape());
  state_.last_rate = rate;
  state_.epoch_sums += sums;
  state_.window_sums += sums;
  epoch_timed_images_ += sums.count;
  window_timed_images_ += sums.count;
  for (Timing* timing : {&window_timing_, &epoch_timing_}) {
    timing->total += now() - begin;
    timing->data_wait += feed_->seconds_waited() - waited_before;
    timing->communication += parts_.reducer.seconds() - reduced_before;
  }
  const StepReport report = window_report();
  observer_.step_done(report);
  if (options_.log.every_steps > 0 && state_.step % options_.log.every_steps == 0) {
    observer_.step_logged(report);
    reset_window();
  }
  return values[FlatModel::kStopRequests] > 0;
}

StepReport Trainer::window_report() const {
  return {.step = state_.step,
          .epoch = epochs_done(state_.cursor, plan_.shape()),
          .learning_rate = state_.last_rate,
          .sums = state_.window_sums,
          .timing = window_timing_,
          .timed_images = window_timed_images_};
}

void Trainer::reset_window() {
  state_.window_sums = {};
  window_timing_ = {};
  window_timed_images_ = 0;
}

/// Evaluates the epoch that has just ended, and commits where a checkpoint is due. False where a
/// stop request came first.
bool Trainer::finish_epoch() {
  EpochReport report{.step = state_.step,
                     .epoch = state_.evaluated_epochs + 1,
                     .epochs = options_.train.epochs,
                     .learning_rate = state_.last_rate,
                     .train = state_.epoch_sums,
                     .valid = std::nullopt,
                     .timing = epoch_timing_,
                     .timed_images = epoch_timed_images_};
  if (parts_.valid) {
    observer_.phase("evaluating", state_.step);
    const double begin = now();
    EvaluationOptions options{.loader = options_.loader,
                              .batch = options_.train.batch,
                              .precision = options_.train.precision,
                              .device = parts_.model.device()};
    report.valid =
        evaluate(parts_.model.model(), parts_.valid, options, parts_.communicator,
                 {.stop_requested = [this] { return observer_.stop_requested(); },
                  .progress = [this](std::uint64_t done,
                                     std::uint64_t total) { observer_.evaluating(done, total); }});
    if (!report.valid) return false;
    report.evaluation_seconds = now() - begin;
  }
  state_.evaluated_epochs += 1;
  state_.epoch_sums = {};
  epoch_timing_ = {};
  epoch_timed_images_ = 0;
  if (options_.log.every_steps == 0) reset_window();
  nlohmann::json line = to_metrics_line(report);
  // A checkpoint's state holds what is reproducible; how long it took is not.
  for (const char* key : {"seconds", "data_wait_seconds", "communication_seconds",
                          "images_per_second", "evaluation_seconds"}) {
    line.erase(key);
  }
  state_.history.push_back(std::move(line));
  observer_.epoch_done(report);

  const std::int64_t every = options_.checkpoint.every_epochs;
  if ((every > 0 && state_.evaluated_epochs % every == 0) || is_done()) {
    if (report.valid) {
      const std::string& name = options_.checkpoint.best;
      const double value = metric_value(name, *report.valid);
      if (!state_.best || state_.best->metric != name ||
          is_better(name, value, state_.best->value)) {
        state_.best = BestCheckpoint{name, value, state_.step};
      }
    }
    commit();
  }
  return true;
}

/// Commits a checkpoint of this state unless there is one.
void Trainer::commit() {
  const std::pair<std::int64_t, std::int64_t> now_at = {state_.step, state_.evaluated_epochs};
  if (committed_ == now_at) return;
  observer_.phase("writing a checkpoint", state_.step);
  FlatModel& model = parts_.model;
  check(model.parameters().isfinite().all().item<bool>(), ExitCode::internal,
        "a parameter is not finite after step {}: training has diverged. Lower optimizer.lr or "
        "lengthen schedule.warmup_epochs; the checkpoints written so far are whole",
        state_.step);
  HostTensors model_tensors, optimizer_tensors;
  model_tensors.add(model.parameters(), model.parameter_layout());
  model_tensors.add(model.buffers(), model.buffer_layout());
  model_tensors.add(model.integers(), model.integer_layout());
  for (const auto& [name, flat] : parts_.optimizer.state()) {
    optimizer_tensors.add(flat, model.parameter_layout(), name + ".");
  }
  Snapshot snapshot{.step = state_.step,
                    .model = std::move(model_tensors.views),
                    .optimizer = std::move(optimizer_tensors.views),
                    .state = to_json(state_),
                    .config = parts_.config,
                    .pack_fingerprint = parts_.pack_fingerprint,
                    .environment = parts_.environment,
                    .metrics = {},
                    .best = state_.best};
  if (!state_.history.empty() && state_.history.back().at("step") == state_.step) {
    for (const auto& [key, value] : state_.history.back().items()) {
      if (key.find('/') != std::string::npos) snapshot.metrics[key] = value.get<double>();
    }
  }
  const CommittedCheckpoint committed = parts_.checkpoints.commit(snapshot);
  committed_ = now_at;
  observer_.checkpoint_committed(committed, state_.step);
}

}  // namespace lockstep
