#include "trainer/trainer.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "trainer/best_metric.h"
#include "trainer/commit_source.h"
#include "trainer/guard/held_bits.h"
#include "trainer/step/norm_statistics.h"

namespace lockstep {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

TrainingBatchesOptions batches_of(const TrainerOptions& options, const TrainerParts& parts,
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
      runner_({.seed = options.seed,
               .precision = options.train.precision,
               .lanes = plan.lanes,
               .own = lanes_,
               .looks_for_infinities = options.rollback.is_on()},
              parts_.step),
      state_(std::move(state)),
      failed_allocations_at_start_(parts_.failed_allocations()) {
  if (state_.step == 0) return;
  committed_ = {state_.step, state_.evaluated_epochs};
  newest_checkpoint_ = state_.step;
}

void Trainer::commit_start() {
  if (options_.rollback.is_on()) state_.course_begin = state_.step;
  committed_ = {-1, -1};
  commit();
  finish_commit();
}

TrainOutcome Trainer::run() {
  check_that_ranks_agree();
  feed_ = begin_feed();
  bool stopping = false;
  while (!stopping && !undone_) {
    if (!epoch_is_open()) stopping = !finish_epoch();
    if (stopping || is_done()) break;
    if (!take_skip()) {
      run_step();
      look_at_commit();
      compare_ranks();
      if (!stop_requested_ && options_.checkpoint.every_steps > 0 &&
          state_.step % options_.checkpoint.every_steps == 0 && epoch_is_open()) {
        commit();
      }
    }
    stopping = stop_requested_;
  }
  commit();
  finish_commit();
  if (undone_) return TrainOutcome::rolled_back;
  if (stopping) return TrainOutcome::stopped;
  return is_paused() ? TrainOutcome::paused : TrainOutcome::finished;
}

/// The batches from the cursor on.
std::unique_ptr<BatchFeed> Trainer::begin_feed() const {
  return std::make_unique<BatchFeed>(
      parts_.train, options_.loader,
      training_batches(batches_of(options_, parts_, plan_, state_.cursor, lanes_)),
      parts_.step.model.device());
}

/// Whether the present epoch still has steps; if not, its evaluation is due.
bool Trainer::epoch_is_open() const {
  return state_.evaluated_epochs == static_cast<std::int64_t>(state_.cursor.epoch);
}

bool Trainer::is_done() const {
  return static_cast<std::int64_t>(state_.cursor.epoch) >= options_.train.epochs ||
         (options_.train.max_steps > 0 && state_.step >= options_.train.max_steps) ||
         state_.has_ended_early(options_.early_stopping) || is_paused();
}

/// What is trained changes here, and the run goes on with other parts.
bool Trainer::is_paused() const {
  const bool is_last = options_.train.max_steps > 0 && state_.step >= options_.train.max_steps;
  return options_.pause_before_epoch > 0 && !is_last &&
         !state_.has_ended_early(options_.early_stopping) &&
         state_.evaluated_epochs >= options_.pause_before_epoch;
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
                 training_batches(batches_of(options_, parts_, plan_, state_.cursor, {0, 1})),
                 parts_.step.model.device());
  runner_.check_that_ranks_agree(*feed.next(), state_.step, parts_.communicator);
}

/// Begins a step, and ends those that the device need not wait for any more.
void Trainer::run_step() {
  start_clock();
  const double progress = epochs_done(state_.cursor, plan_.shape());
  const double rate = state_.schedule.rate(progress);
  runner_.begin(*feed_, state_.step, {rate, state_.schedule.momentum(progress)},
                {.stop_requested = [this] { return observer_.stop_requested(); },
                 .phase = [this](std::string_view name) { observer_.phase(name, state_.step); }});
  const Cursor cursor = state_.cursor;
  state_.step += 1;
  state_.cursor = advance(cursor, 1, plan_.shape());
  state_.last_rate = rate;
  begun_.push_back({.report = {.step = state_.step,
                               .epoch = epochs_done(state_.cursor, plan_.shape()),
                               .learning_rate = rate,
                               .metrics = {},
                               .timing = {}},
                    .cursor = cursor});
  while (begun_.size() > options_.steps_ahead) end_step();
  read_clock();
}

/// Takes in the result of the oldest step in flight. Every rank sees the same.
void Trainer::end_step() {
  auto [report, cursor] = std::move(begun_.front());
  begun_.pop_front();
  observer_.phase("reducing gradients", report.step - 1);
  const StepResult result = runner_.end();
  if (undone_) return;  // what followed the bad step
  check_memory();
  const std::string fault = fault_of(result, options_.rollback, state_.loss_mean);
  if (!fault.empty()) {
    finish_commit();  // of a step before, while all ranks are here
    check(options_.rollback.is_on(), ExitCode::internal,
          "{} at step {} (learning rate {:.4g}): training has diverged. Lower optimizer.lr or "
          "lengthen schedule.warmup_epochs; the checkpoints written so far are whole",
          fault, report.step - 1, report.learning_rate);
    undone_ = plan_skip(options_.rollback, {report.step - 1, cursor, fault}, plan_.shape(),
                        {state_.epoch_begin(), state_.course_begin}, state_.skips);
    return;
  }
  if (options_.rollback.spike_factor > 0) state_.loss_mean.add(result.sums.mean_loss());
  read_clock();
  stop_requested_ = stop_requested_ || result.stop_requested;
  state_.epoch_sums += result.sums;
  state_.window_sums += result.sums;
  for (Timing* timing : {&window_timing_, &epoch_timing_}) timing->images += result.sums.count;
  report.metrics = parts_.step.task.metric_values(state_.window_sums);
  report.timing = window_timing_;
  observer_.step_done(report);
  if (options_.log.every_steps > 0 && report.step % options_.log.every_steps == 0) {
    observer_.step_logged(report);
    reset_window();
  }
}

/// After it the state is that of the parameters, unless a step was bad.
void Trainer::end_steps() {
  start_clock();
  while (!begun_.empty()) end_step();
}

/// Leaves out the samples that an undone course had at this place. Whether there are some.
bool Trainer::take_skip() {
  const std::size_t taken = state_.skips.size();
  if (taken >= options_.skips.size()) return false;
  const Skip& skip = options_.skips[taken];
  if (skip.step != state_.step || skip.from != state_.cursor) return false;
  end_steps();
  if (undone_) return true;
  state_.skips.push_back(skip);
  state_.cursor = skip.to;
  feed_ = begin_feed();
  observer_.skipped(skip, state_.skips.size());
  return true;
}

std::vector<Skip> Trainer::course() const {
  std::vector<Skip> skips = state_.skips;
  if (undone_) skips.push_back(*undone_);
  return skips;
}

/// Where it is time for it: all ranks must hold the same bits, or one has lost some.
void Trainer::compare_ranks() {
  const std::int64_t every = options_.train.compare_every;
  if (parts_.communicator.size() == 1 || every == 0 || state_.step % every != 0) return;
  end_steps();
  if (undone_) return;
  observer_.phase("comparing the ranks", state_.step);
  check_held_bits(
      memory_digest(state_parts(parts_.step.model, parts_.step.optimizer, parts_.average)),
      parts_.communicator, {state_.step, newest_checkpoint_});
}

/// What passes from here to read_clock() is time of training.
void Trainer::start_clock() {
  clock_ = {.total = now(),
            .data_wait = feed_ ? feed_->seconds_waited() : 0,
            .communication = parts_.step.reducer.seconds()};
}

void Trainer::read_clock() {
  const Timing before = clock_;
  start_clock();
  for (Timing* timing : {&window_timing_, &epoch_timing_}) {
    timing->total += clock_.total - before.total;
    timing->data_wait += clock_.data_wait - before.data_wait;
    timing->communication += clock_.communication - before.communication;
  }
}

void Trainer::reset_window() {
  state_.window_sums = {};
  window_timing_ = {};
}

/// What `dataset` says of the model as it is. std::nullopt where a stop request came first.
std::optional<SplitMetrics> Trainer::evaluate_model(const std::shared_ptr<const Dataset>& dataset,
                                                    const EvaluationWishes& wishes) {
  std::optional<Evaluation> result =
      evaluate(parts_.step.model.model(), parts_.step.task, dataset,
               {.loader = options_.loader,
                .batch = options_.train.batch,
                .precision = options_.train.precision,
                .device = parts_.step.model.device()},
               parts_.communicator,
               {.stop_requested = [this] { return observer_.stop_requested(); },
                .progress = [this](std::uint64_t done,
                                   std::uint64_t total) { observer_.evaluating(done, total); }},
               wishes);
  if (!result) return std::nullopt;
  return SplitMetrics{result->sums.count, std::move(result->metrics), std::move(result->confusion)};
}

/// Fills in what the splits that are evaluated say. False where a stop request came first.
bool Trainer::evaluate_epoch(EpochReport& report) {
  const double begin = now();
  observer_.phase("evaluating", state_.step);
  if (parts_.train_eval) {
    report.train_eval = evaluate_model(parts_.train_eval);
    if (!report.train_eval) return false;
  }
  if (!parts_.valid) return true;
  report.valid = evaluate_model(parts_.valid, {.confusion = options_.counts_confusion});
  if (!report.valid) return false;
  if (parts_.average != nullptr) {
    observer_.phase("evaluating the average", state_.step);
    parts_.average->exchange();
    report.valid_ema = evaluate_model(parts_.valid);
    parts_.average->exchange();
    if (!report.valid_ema) return false;
  }
  report.evaluation_seconds = now() - begin;
  return true;
}

/// Lets the average take in the epoch, and gives a mean of several models the statistics of its
/// norms, as the next epoch's batches have them.
void Trainer::average_epoch(std::int64_t epoch) {
  const std::int64_t epochs = options_.train.epochs;
  WeightAverage* const average = parts_.average;
  if (average == nullptr || !average->goes_by_epochs() || state_.averaged_epochs >= epoch) return;
  average->end_epoch(epoch, epochs);
  state_.averaged_epochs = epoch;
  if (!average->mixes(epoch, epochs)) return;
  observer_.phase("averaging", state_.step);
  const std::unique_ptr<BatchFeed> feed = begin_feed();
  average->exchange();
  recompute_norm_statistics(parts_.step.model, parts_.step.reducer, *feed, plan_.steps_per_epoch,
                            {.seed = options_.seed,
                             .precision = options_.train.precision,
                             .lanes = plan_.lanes,
                             .own = lanes_});
  average->exchange();
}

/// Evaluates the epoch that has just ended, and commits where a checkpoint is due. False where a
/// stop request came first.
bool Trainer::finish_epoch() {
  end_steps();
  if (stop_requested_ || undone_) return false;
  EpochReport report{.step = state_.step,
                     .epoch = state_.evaluated_epochs + 1,
                     .epochs = options_.train.epochs,
                     .learning_rate = state_.last_rate,
                     .train = parts_.step.task.metric_values(state_.epoch_sums),
                     .train_eval = std::nullopt,
                     .valid = std::nullopt,
                     .valid_ema = std::nullopt,
                     .timing = epoch_timing_};
  average_epoch(report.epoch);
  if (!evaluate_epoch(report)) return false;
  state_.evaluated_epochs += 1;
  state_.epoch_sums = {};
  const std::vector<EpochMetric> metrics = epoch_metrics(report);
  state_.schedule.end_epoch(metrics);
  state_.early_stopping.end_epoch(options_.early_stopping, metrics);
  epoch_timing_ = {};
  if (options_.log.every_steps == 0) reset_window();
  state_.history.push_back(reproducible_line(report));
  observer_.epoch_done(report);

  // Whether a checkpoint is due does not depend on max_steps: the best is the same through stops.
  const std::int64_t every = options_.checkpoint.every_epochs;
  const bool due = (every > 0 && state_.evaluated_epochs % every == 0) ||
                   state_.evaluated_epochs >= options_.train.epochs ||
                   state_.has_ended_early(options_.early_stopping);
  if (due && report.valid) note_best(report);
  if (due || is_done()) commit();
  return true;
}

void Trainer::note_best(const EpochReport& report) {
  const std::string& name = options_.checkpoint.best;
  const MetricValue& found = best_metric(report, name);
  if (!std::isfinite(found.value)) return;  // nothing could be compared with it
  if (!state_.best || state_.best->metric != name ||
      found.metric.is_better(found.value, state_.best->value)) {
    state_.best = BestCheckpoint{name, found.value, state_.step};
  }
}

/// In an exact run, memory that ran out where LibTorch tried again otherwise is an error: cuDNN
/// then gets another algorithm, whose bits are not those of a run that had the memory.
void Trainer::check_memory() const {
  if (options_.train.reduction != ReductionKind::exact) return;
  const std::int64_t failed = parts_.failed_allocations() - failed_allocations_at_start_;
  check(failed == 0, ExitCode::internal,
        "the device had no memory left for {} request{}, so cuDNN took an algorithm that needs "
        "less and rounds otherwise: the result would depend on what else is in memory. Lower "
        "train.batch (with more lanes, the global batch stays), end what else uses this device, "
        "or set train.reduction=fast",
        failed, failed == 1 ? "" : "s");
}

/// Begins to commit a checkpoint of this state unless there is one.
void Trainer::commit() {
  end_steps();
  const std::pair<std::int64_t, std::int64_t> now_at = {state_.step, state_.evaluated_epochs};
  if (undone_ || parts_.checkpoints == nullptr || committed_ == now_at) return;
  finish_commit();
  observer_.phase("writing a checkpoint", state_.step);
  check_memory();
  parts_.checkpoints->begin_commit(
      commit_source(state_, state_parts(parts_.step.model, parts_.step.optimizer, parts_.average),
                    {parts_.config, parts_.pack_fingerprint, parts_.environment}, copy_,
                    /*writes=*/parts_.communicator.rank() == 0));
  committed_ = now_at;
  if (!options_.checkpoint.async) finish_commit();
}

/// Between steps: takes the commit that is under way further, without a wait for the disk.
void Trainer::look_at_commit() {
  if (parts_.checkpoints == nullptr || !parts_.checkpoints->is_committing()) return;
  observer_.phase("writing a checkpoint", state_.step);
  tell(parts_.checkpoints->poll_commit());
}

/// Waits for the commit that is under way.
void Trainer::finish_commit() {
  if (parts_.checkpoints == nullptr || !parts_.checkpoints->is_committing()) return;
  observer_.phase("writing a checkpoint", state_.step);
  tell(parts_.checkpoints->finish_commit());
}

void Trainer::tell(const std::optional<CommittedCheckpoint>& committed) {
  if (!committed) return;
  newest_checkpoint_ = committed->step;
  observer_.checkpoint_committed(*committed);
}

}  // namespace lockstep
