#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/store.h"
#include "comm/communicator/communicator.h"
#include "comm/reduction/lane_reducer.h"
#include "trainer/average/weight_average.h"
#include "trainer/early_stopping.h"
#include "trainer/guard/rollback_options.h"
#include "trainer/guard/skip.h"
#include "trainer/lane/batch_feed.h"
#include "trainer/lane/flat_model.h"
#include "trainer/optimizer/optimizer.h"
#include "trainer/pass/evaluation.h"
#include "trainer/plan.h"
#include "trainer/reports.h"
#include "trainer/state_copy.h"
#include "trainer/step/step_runner.h"
#include "trainer/task/task.h"
#include "trainer/train_options.h"
#include "trainer/training_state.h"

namespace lockstep {

/// What a trainer is told. `train.lanes` and `train.precision` are resolved; so are all sizes in
/// `loader`.
struct TrainerOptions {
  std::uint64_t seed = 1;
  BatchLoaderOptions loader;  ///< of training; evaluation is the same without augmentation
  TrainOptions train;
  CheckpointOptions checkpoint;
  LogOptions log;
  EarlyStoppingOptions early_stopping;
  RollbackOptions rollback;
  /// Evaluation of the validation split says which classes are taken for which.
  bool counts_confusion = false;
  /// Of the course that the run is on, from its beginning: those that the state has not come to yet
  /// are taken when it does.
  std::vector<Skip> skips;
  /// The run pauses before this epoch, counted from 0; 0: it does not.
  std::int64_t pause_before_epoch = 0;
  /// Steps that a GPU is given before the host looks at the result of the one before them: 1 lets
  /// it compute without a pause. 0: none, as on a CPU. What is trained and stored is the same; a
  /// stop request takes effect as many steps later.
  std::size_t steps_ahead = 0;
};

/// What a trainer works with; all must outlive it.
struct TrainerParts {
  Communicator& communicator;
  StepParts step;
  WeightAverage* average = nullptr;        ///< kept up to date by step.after_update; nullptr: none
  CheckpointStore* checkpoints = nullptr;  ///< nullptr: nothing is saved
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> valid;                 ///< nullptr: no evaluation
  std::shared_ptr<const Dataset> train_eval = nullptr;  ///< a sample of `train`; nullptr: none
  std::shared_ptr<const SampleOrder> order = nullptr;   ///< of `train`; nullptr: a full shuffle
  std::string config;  ///< resolved, as text; stored with every checkpoint, as are the next two
  std::string pack_fingerprint;
  nlohmann::json environment;
  /// failed_allocations() of the device.
  std::function<std::int64_t()> failed_allocations = [] { return 0; };
};

/// Told of what happens, on every rank; asked whether to stop. Every member may stay as it is.
///
///     struct Printer final : TrainObserver {
///       void epoch_done(const EpochReport& report) override { print(to_text(report.train)); }
///     };
class TrainObserver {
 public:
  virtual ~TrainObserver() = default;
  virtual bool stop_requested() { return false; }
  /// What the rank does from here on, for messages: "reading data", "computing", "reducing
  /// gradients", "evaluating", "writing a checkpoint".
  virtual void phase(std::string_view /*name*/, std::int64_t /*step*/) {}
  virtual void step_done(const StepReport& /*since_last_log*/) {}  ///< after every step
  virtual void step_logged(const StepReport& /*window*/) {}        ///< after each log.every_steps
  virtual void evaluating(std::uint64_t /*done*/, std::uint64_t /*total*/) {}  ///< batches
  virtual void epoch_done(const EpochReport& /*report*/) {}
  /// The run leaves these samples out, the n-th time.
  virtual void skipped(const Skip& /*skip*/, std::size_t /*number*/) {}
  /// Steps later, where CheckpointOptions::async lets it.
  virtual void checkpoint_committed(const CommittedCheckpoint& /*checkpoint*/) {}
};

enum class TrainOutcome {
  finished,  ///< all epochs, or max_steps, are done, or the run has ended early
  paused,    ///< all before TrainerOptions::pause_before_epoch is done
  stopped,   ///< on request
  /// A step was bad: what was computed here is of no use. The run goes on from a checkpoint that is
  /// not beyond the last skip of Trainer::course(), with that as TrainerOptions::skips.
  rolled_back,
};

/// The training loop: lanes, reduction, update, evaluation, checkpoints. What it computes is a
/// function of (options, data, lanes) and not of the number of ranks; see docs/numerics.md. One
/// object per process.
///
///     Trainer trainer(options, plan, begin_state(plan, input, task->spec()), parts, observer);
///     if (trainer.run() == TrainOutcome::stopped) return ExitCode::requeue;
class Trainer {
 public:
  /// `state` is begin_state() or continue_state() of the plan; with the latter, the tensors in
  /// `parts` are restored.
  Trainer(const TrainerOptions& options, const TrainingPlan& plan, TrainingState state,
          TrainerParts parts, TrainObserver& observer);

  /// Collective. Commits a checkpoint of the state that it begins with: what the run continues from
  /// is not one of its own, or had another config. Call it before run().
  void commit_start();

  /// Collective. Trains until the end, max_steps or a stop request; the last checkpoint is then
  /// committed, and waited for.
  TrainOutcome run();

  const TrainingState& state() const { return state_; }
  /// All skips so far. After TrainOutcome::rolled_back the last one is that of the bad step.
  std::vector<Skip> course() const;

 private:
  void check_that_ranks_agree();
  std::unique_ptr<BatchFeed> begin_feed() const;
  void run_step();
  bool take_skip();
  void compare_ranks();
  void end_step();
  void end_steps();
  bool finish_epoch();
  void average_epoch(std::int64_t epoch);
  bool evaluate_epoch(EpochReport& report);
  std::optional<SplitMetrics> evaluate_model(const std::shared_ptr<const Dataset>& dataset,
                                             const EvaluationWishes& wishes = {});
  void note_best(const EpochReport& report);
  bool epoch_is_open() const;
  bool is_done() const;
  bool is_paused() const;
  void commit();
  void look_at_commit();
  void finish_commit();
  void tell(const std::optional<CommittedCheckpoint>& committed);
  void check_memory() const;
  void reset_window();
  void start_clock();
  void read_clock();

  TrainerOptions options_;
  TrainingPlan plan_;
  TrainerParts parts_;
  TrainObserver& observer_;
  LaneRange lanes_;
  StepRunner runner_;
  std::unique_ptr<BatchFeed> feed_;
  TrainingState state_;
  /// A step in flight: the report without what it has not told yet, and the place of its batches.
  struct BegunStep {
    StepReport report;
    Cursor cursor;
  };
  std::deque<BegunStep> begun_;
  std::optional<Skip> undone_;   ///< what a bad step leads to
  bool stop_requested_ = false;  ///< by any rank, in a step that has ended
  std::int64_t failed_allocations_at_start_;
  Timing window_timing_, epoch_timing_;
  Timing clock_;  ///< `total` is a moment, the others are what was counted until then
  /// The step and the evaluated epochs of the newest checkpoint, begun or done: nothing is written
  /// twice, and an evaluation that came after the step's checkpoint is.
  std::pair<std::int64_t, std::int64_t> committed_ = {-1, -1};
  std::int64_t newest_checkpoint_ = -1;  ///< its step, once it is on the disk; negative: none
  std::shared_ptr<StateCopy> copy_ = std::make_shared<StateCopy>();  ///< of the newest checkpoint
};

}  // namespace lockstep
