#include "trainer/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/reader.h"
#include "checkpoint/state_digest.h"
#include "comm/communicator/mpi_communicator.h"
#include "comm/reduction/make_lane_reducer.h"
#include "core/error.h"
#include "core/log.h"
#include "models/make_model.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"
#include "tests/trainer/tiny_data.h"
#include "trainer/best_metric.h"
#include "trainer/optimizer/make_optimizer.h"
#include "trainer/state_copy.h"
#include "trainer/task/make_task.h"
#include "trainer/tensor_io.h"

namespace lockstep {
namespace {

constexpr std::int64_t kEpochs = 3;
constexpr std::int64_t kStepsPerEpoch = 7;  // 89 samples, 3 lanes of 4

/// Asks to stop at one moment, and keeps what it is told of the epochs.
struct StopAt final : TrainObserver {
  std::int64_t step = -1;           ///< while this step is computed
  std::int64_t evaluation_of = -1;  ///< while the evaluation after this step runs
  bool evaluating_now = false;
  std::int64_t now = -1;
  std::vector<EpochReport> epochs;
  std::vector<StepReport> logged;

  bool stop_requested() override { return evaluating_now ? now == evaluation_of : now == step; }
  void phase(std::string_view name, std::int64_t at) override {
    evaluating_now = name.starts_with("evaluating");
    now = at;
  }
  void epoch_done(const EpochReport& report) override { epochs.push_back(report); }
  void step_logged(const StepReport& report) override { logged.push_back(report); }
};

/// A GPU is a step ahead of the host; nothing but the moment of a stop may depend on it.
struct Way {
  TaskKind task;
  std::size_t steps_ahead = 0;
  double ema = 0;  ///< decay
};

class TrainerTest : public testing::TestWithParam<Way> {
 protected:
  TrainerTest() {
    options_.steps_ahead = GetParam().steps_ahead;
    // All ranks use rank 0's directory.
    std::string path = directory_.path();
    path.resize(256);
    ranks_->broadcast(std::as_writable_bytes(std::span(path)), 0);
    shared_ = path.c_str();
    options_.loader = tiny_loader();
    options_.train.epochs = kEpochs;
    options_.train.batch = 4;
    options_.train.lanes = 3;
    options_.train.precision = Precision::fp32;
    options_.checkpoint.keep = 0;
    options_.log.every_steps = 3;
    optimizer_options_.lr = 0.05;
    optimizer_options_.lr_batch = 8;
  }

  /// Rank 0 removes the directory next.
  void TearDown() override { ranks_->barrier(); }

  struct Result {
    TrainOutcome outcome;
    std::string digest;  ///< of all tensors, in memory
    nlohmann::json state;
  };

  static std::string digest_of(FlatModel& model, Optimizer& optimizer, WeightAverage* average) {
    StateCopy copy;
    copy.take(state_parts(model, optimizer, average));
    copy.arrange();
    return state_digest(copy.model(), copy.optimizer());
  }

  /// Goes on with the run of this name, on `communicator`, until `observer` stops it or it ends.
  Result train(const std::string& run, Communicator& communicator, TrainObserver& observer) {
    CheckpointStore store(shared_ / run, communicator, *log_, {.keep = 0});
    const auto checkpoint = store.load_newest();
    const auto data = std::make_shared<TinyData>(4 * 3 * kStepsPerEpoch + 5, GetParam().task);
    const TrainingPlan plan = make_plan(options_.train, optimizer_options_, schedule_options_,
                                        data->size(), communicator.size());
    EXPECT_EQ(plan.steps_per_epoch, kStepsPerEpoch);
    const InputSpec input{.height = 8, .width = 8, .channels = 1, .mean = {0.5f}, .std = {0.25f}};
    const auto task = make_task(tiny_task(GetParam().task));
    options_.checkpoint.best = resolve_best_metric("auto", *task, GetParam().ema > 0);
    FlatModel model(make_model({.name = "simple_cnn", .dropout = 0.1},
                               {.channels = 1, .outputs = task->outputs()}, 1),
                    at::kCPU, task->tail().elements());
    const auto optimizer =
        make_optimizer(optimizer_options_, {model.parameters(), model.parameter_layout()});
    const auto reducer = make_lane_reducer(
        communicator,
        {.kind = ReductionKind::exact, .lanes = plan.lanes, .elements = model.lane_elements()});
    WeightAverage average({.decay = GetParam().ema, .warmup = true}, model);
    WeightAverage* const kept = GetParam().ema > 0 ? &average : nullptr;
    TrainingState state = begin_state(plan, input, task->spec());
    if (checkpoint) {
      state = continue_state(training_state_from_json(checkpoint->state), plan, input);
      restore_model(*checkpoint, model);
      restore_optimizer(*checkpoint, model, state.step, *optimizer);
      EXPECT_EQ(has_average(*checkpoint), kept != nullptr);
      if (kept != nullptr) restore_average(*checkpoint, model, *kept);
    }
    Trainer trainer(options_, plan, state,
                    {.communicator = communicator,
                     .step = {.model = model,
                              .task = *task,
                              .optimizer = *optimizer,
                              .reducer = *reducer,
                              .after_update =
                                  [&](std::int64_t steps) {
                                    updates_ = steps;
                                    if (kept != nullptr) kept->update(steps);
                                  }},
                     .average = kept,
                     .checkpoints = saved_ ? &store : nullptr,
                     .train = data,
                     .valid = std::make_shared<TinyData>(31, GetParam().task),
                     .config = "",
                     .pack_fingerprint = "",
                     .environment = nlohmann::json::object(),
                     .failed_allocations = [this] { return failed_allocations_; }},
                    observer);
    const TrainOutcome outcome = trainer.run();
    communicator.barrier();
    EXPECT_EQ(updates_, trainer.state().step);
    const std::string digest = digest_of(model, *optimizer, kept);
    if (!saved_) return {outcome, digest, to_json(trainer.state())};
    const auto newest = load_checkpoint(list_checkpoints(shared_ / run).back().directory);
    communicator.barrier();  // rank 0 may remove the directory from here on
    return {outcome, digest, newest.state};
  }

  const Result& undisturbed() {
    if (!undisturbed_) {
      TrainObserver nobody;
      undisturbed_ = train("undisturbed", *ranks_, nobody);
    }
    return *undisturbed_;
  }

  TemporaryDirectory directory_;
  std::filesystem::path shared_;
  std::unique_ptr<Communicator> ranks_ = make_mpi_communicator();
  std::shared_ptr<spdlog::logger> log_ = std::make_shared<spdlog::logger>("test");
  TrainerOptions options_;
  OptimizerOptions optimizer_options_;
  ScheduleOptions schedule_options_;
  std::optional<Result> undisturbed_;
  bool saved_ = true;
  std::int64_t updates_ = 0;
  std::int64_t failed_allocations_ = 0;
};

INSTANTIATE_TEST_SUITE_P(OfEveryTask, TrainerTest,
                         testing::Values(Way{TaskKind::classification},
                                         Way{TaskKind::classification, 1},
                                         Way{TaskKind::classification, 1, 0.9},
                                         Way{TaskKind::multi_label}, Way{TaskKind::regression}),
                         [](const auto& of) {
                           return std::string(name_of(of.param.task)) +
                                  (of.param.steps_ahead > 0 ? "_ahead" : "") +
                                  (of.param.ema > 0 ? "_ema" : "");
                         });

TEST_P(TrainerTest, AStopRequestAtAnyMomentCostsNoBit) {
  ASSERT_EQ(undisturbed().outcome, TrainOutcome::finished);
  ASSERT_EQ(undisturbed().state.at("history").size(), static_cast<std::size_t>(kEpochs));
  const std::int64_t last = kStepsPerEpoch * kEpochs;
  std::vector<std::pair<std::int64_t, std::int64_t>> moments;  // step, evaluation
  for (const std::int64_t step : {0, 3, 5, 6, 7, 8, 13, 19, 20}) moments.emplace_back(step, -1);
  for (const std::int64_t step : {kStepsPerEpoch, 2 * kStepsPerEpoch, last})
    moments.emplace_back(-1, step);
  for (const auto& [step, evaluation] : moments) {
    const std::string run = fmt::format("step{}evaluation{}", step, evaluation);
    StopAt stop;
    if (ranks_->rank() == ranks_->size() - 1) {  // one rank is asked, all stop
      stop.step = step;
      stop.evaluation_of = evaluation;
    }
    EXPECT_EQ(train(run, *ranks_, stop).outcome, TrainOutcome::stopped) << run;
    StopAt rest;
    const Result result = train(run, *ranks_, rest);
    EXPECT_EQ(result.outcome, TrainOutcome::finished) << run;
    EXPECT_EQ(result.digest, undisturbed().digest) << run;
    EXPECT_EQ(result.state, undisturbed().state)
        << run;  // best and history with their metrics, too
    EXPECT_EQ(stop.epochs.size() + rest.epochs.size(), static_cast<std::size_t>(kEpochs)) << run;
  }
}

TEST_P(TrainerTest, ARunWithoutAStoreTrainsTheSameAndSavesNothing) {
  const std::string saved = undisturbed().digest;
  saved_ = false;
  TrainObserver nobody;
  EXPECT_EQ(train("unsaved", *ranks_, nobody).digest, saved);
  EXPECT_TRUE(list_checkpoints(shared_ / "unsaved").empty());
}

TEST_P(TrainerTest, TheBestCheckpointIsTheSameHoweverTheRunWasCutByMaxSteps) {
  options_.checkpoint.every_epochs = 2;
  TrainObserver nobody;
  const nlohmann::json best = train("whole", *ranks_, nobody).state.at("best");
  for (const std::int64_t steps : {kStepsPerEpoch, 2 * kStepsPerEpoch, std::int64_t{0}}) {
    options_.train.max_steps = steps;
    const Result result = train("cut", *ranks_, nobody);
    if (steps == 0) {
      EXPECT_EQ(result.state.at("best"), best);
    }
  }
}

TEST_P(TrainerTest, AFinishedRunFindsNothingToDo) {
  StopAt observer;
  undisturbed();
  EXPECT_EQ(train("undisturbed", *ranks_, observer).outcome, TrainOutcome::finished);
  EXPECT_TRUE(observer.epochs.empty());
}

TEST_P(TrainerTest, ImagesPerSecondCountWhatThisProcessTrained) {
  StopAt stop;
  stop.step = 4 - static_cast<std::int64_t>(options_.steps_ahead);
  train("rate", *ranks_, stop);
  StopAt rest;
  train("rate", *ranks_, rest);
  ASSERT_FALSE(rest.logged.empty());
  EXPECT_EQ(rest.logged[0].step, 6);
  EXPECT_EQ(rest.logged[0].timing.images, 12) << "5 of the 6 steps were another process's";
}

TEST_P(TrainerTest, AStepAheadChangesNothingThatIsStoredOrLogged) {
  StopAt in_time, ahead;
  const Result expected = train("in time", *ranks_, in_time);
  options_.steps_ahead = 1;
  const Result result = train("ahead", *ranks_, ahead);
  EXPECT_EQ(result.digest, expected.digest);
  EXPECT_EQ(result.state, expected.state);
  ASSERT_EQ(ahead.logged.size(), in_time.logged.size());
  for (std::size_t i = 0; i < ahead.logged.size(); ++i) {
    EXPECT_EQ(ahead.logged[i].step, in_time.logged[i].step);
    EXPECT_EQ(ahead.logged[i].epoch, in_time.logged[i].epoch);
    EXPECT_EQ(ahead.logged[i].learning_rate, in_time.logged[i].learning_rate);
    EXPECT_EQ(ahead.logged[i].timing.images, in_time.logged[i].timing.images);
    EXPECT_EQ(ahead.logged[i].metrics.front().value, in_time.logged[i].metrics.front().value);
  }
}

/// From its fourth step on the device has had too little memory.
struct RunsShort final : TrainObserver {
  explicit RunsShort(std::int64_t& failed_allocations) : failed(failed_allocations) {}
  std::int64_t& failed;
  void phase(std::string_view, std::int64_t step) override { failed += step == 4 ? 1 : 0; }
};

TEST_P(TrainerTest, MemoryThatRanOutIsAnErrorInAnExactRun) {
  options_.checkpoint.every_steps = 3;
  options_.checkpoint.async = false;
  RunsShort observer(failed_allocations_);
  EXPECT_THAT(message_of(ExitCode::internal, [&] { train("short", *ranks_, observer); }),
              testing::HasSubstr("no memory left for"));
  ASSERT_EQ(list_checkpoints(shared_ / "short").size(), 1u);
  EXPECT_EQ(list_checkpoints(shared_ / "short")[0].step, 3) << "nothing after it is trusted";
}

TEST_P(TrainerTest, MemoryThatRanOutBeforeTheRunIsNoError) {
  failed_allocations_ = 5;
  TrainObserver nobody;
  EXPECT_EQ(train("later", *ranks_, nobody).outcome, TrainOutcome::finished);
}

TEST_P(TrainerTest, ParametersThatAreNotFiniteAreNeverCommitted) {
  optimizer_options_.lr = 1e38;
  optimizer_options_.weight_decay = 100;
  options_.train.max_steps = 1;
  TrainObserver nobody;
  EXPECT_THROW(train("diverged", *ranks_, nobody), Error);
  EXPECT_TRUE(list_checkpoints(shared_ / "diverged").empty());
}

}  // namespace
}  // namespace lockstep
