// Errors that nobody tells of: a flipped bit in one rank, a step that spoils the parameters.

#include <cmath>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/agreement.h"
#include "checkpoint/reader.h"
#include "comm/communicator/mpi_communicator.h"
#include "comm/reduction/make_lane_reducer.h"
#include "models/make_model.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"
#include "tests/trainer/tiny_data.h"
#include "trainer/best_metric.h"
#include "trainer/optimizer/make_optimizer.h"
#include "trainer/task/make_task.h"
#include "trainer/trainer.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int kLanes = 4, kBatch = 2;
constexpr std::int64_t kStepsPerEpoch = 10;
constexpr auto kSamples = static_cast<std::uint64_t>(kLanes * kBatch * kStepsPerEpoch);

/// Numbers to learn, one of which is none.
class PoisonedData final : public Dataset {
 public:
  explicit PoisonedData(std::uint64_t bad) : bad_(bad) {}
  std::uint64_t size() const override { return tiny_.size(); }
  Encoding encoding() const override { return tiny_.encoding(); }
  LabelType label_type() const override { return tiny_.label_type(); }
  std::string describe(std::uint64_t id) const override { return tiny_.describe(id); }
  void read(std::uint64_t id, Sample& sample) const override {
    tiny_.read(id, sample);
    if (id == bad_) sample.targets[1] = std::nanf("");
  }

 private:
  TinyData tiny_{kSamples, TaskKind::regression};
  std::uint64_t bad_;
};

/// What a test does to the rank's memory after a step.
struct Harm final : TrainObserver {
  std::int64_t after_step = -1;
  std::function<void()> work;
  void step_done(const StepReport& report) override {
    if (report.step == after_step) work();
  }
};

void flip_bit(const at::Tensor& flat) {
  auto* bytes = static_cast<std::byte*>(flat.mutable_data_ptr());
  bytes[flat.nbytes() / 2] ^= std::byte{4};
}

class SilentErrors : public testing::Test {
 protected:
  SilentErrors() {
    shared_ = broadcast_text(*ranks_, directory_.path().string(), 0);
    options_.loader = tiny_loader();
    options_.train.epochs = 2;
    options_.train.batch = kBatch;
    options_.train.lanes = kLanes;
    options_.train.precision = Precision::fp32;
    options_.train.compare_every = 3;
    options_.checkpoint.keep = 0;
  }
  void TearDown() override { ranks_->barrier(); }  // rank 0 removes the directory next

  /// What of a rank's memory `harm` is done to.
  using Victim = std::function<at::Tensor(FlatModel&, Optimizer&)>;

  TrainOutcome train(std::uint64_t bad_sample, const Victim& victim, std::int64_t after_step = -1) {
    const auto data = std::make_shared<PoisonedData>(bad_sample);
    const OptimizerOptions optimizer_options;
    const TrainingPlan plan =
        make_plan(options_.train, optimizer_options, {}, data->size(), ranks_->size());
    const auto task = make_task(tiny_task(TaskKind::regression));
    options_.checkpoint.best = resolve_best_metric("auto", *task, false);
    FlatModel model(make_model({.name = "simple_cnn"}, {.channels = 1, .outputs = 3}, 1), at::kCPU,
                    task->tail().elements());
    const auto optimizer =
        make_optimizer(optimizer_options, {model.parameters(), model.parameter_layout()});
    const auto reducer = make_lane_reducer(
        *ranks_,
        {.kind = ReductionKind::exact, .lanes = kLanes, .elements = model.lane_elements()});
    const InputSpec input{.height = 8, .width = 8, .channels = 1, .mean = {0.5f}, .std = {0.25f}};
    Harm harm;
    if (victim && ranks_->rank() == victim_rank_) {
      harm.after_step = after_step;
      harm.work = [&] { flip_bit(victim(model, *optimizer)); };
    }
    CheckpointStore store(shared_, *ranks_, log_, {.keep = 0});
    Trainer trainer(
        options_, plan, begin_state(plan, input, task->spec()),
        {.communicator = *ranks_,
         .step = {.model = model, .task = *task, .optimizer = *optimizer, .reducer = *reducer},
         .checkpoints = &store,
         .train = data,
         .valid = std::make_shared<TinyData>(8, TaskKind::regression),
         .config = "",
         .pack_fingerprint = "",
         .environment = nlohmann::json::object()},
        harm);
    const TrainOutcome outcome = trainer.run();
    course_ = trainer.course();
    return outcome;
  }

  std::int64_t newest_checkpoint() {
    ranks_->barrier();
    const auto entries = list_checkpoints(shared_);
    return entries.empty() ? -1 : entries.back().step;
  }

  TemporaryDirectory directory_;
  std::filesystem::path shared_;
  std::unique_ptr<Communicator> ranks_ = make_mpi_communicator();
  spdlog::logger log_{"test"};
  TrainerOptions options_;
  int victim_rank_ = ranks_->size() - 1;
  std::vector<Skip> course_;
};

constexpr std::uint64_t kNone = kSamples;

TEST_F(SilentErrors, AFlippedBitNamesTheRankAndIsNotCommitted) {
  if (ranks_->size() == 1) GTEST_SKIP() << "one rank agrees with itself";
  options_.checkpoint.every_steps = 4;
  options_.checkpoint.async = false;  // it is there when the ranks are compared
  const std::vector<Victim> victims = {
      [](FlatModel& model, Optimizer&) { return model.parameters(); },
      [](FlatModel&, Optimizer& optimizer) { return optimizer.state().front().second; }};
  for (std::size_t i = 0; i < victims.size(); ++i) {
    const std::string message =
        message_of(ExitCode::internal, [&] { train(kNone, victims[i], 5); });
    EXPECT_THAT(message, AllOf(HasSubstr("after step 6 "), HasSubstr("bit was flipped"),
                               HasSubstr("newest checkpoint, of step 4,"),
                               HasSubstr(fmt::format("rank {} on ", victim_rank_))));
    if (ranks_->size() > 2) {
      EXPECT_THAT(message, testing::Not(HasSubstr("rank 0 on ")));
    }
    EXPECT_EQ(newest_checkpoint(), 4);
  }
}

TEST_F(SilentErrors, ACommitComparesToo) {
  if (ranks_->size() == 1) GTEST_SKIP() << "one rank agrees with itself";
  options_.train.compare_every = 0;
  options_.checkpoint.every_steps = 4;
  victim_rank_ = 0;
  const auto parameters = [](FlatModel& model, Optimizer&) { return model.parameters(); };
  EXPECT_THAT(message_of(ExitCode::internal, [&] { train(kNone, parameters, 5); }),
              AllOf(HasSubstr("after step 8 rank 0 on "), HasSubstr("No checkpoint was written")));
  EXPECT_EQ(newest_checkpoint(), 4);
}

TEST_F(SilentErrors, RanksThatAgreeGoOn) {
  EXPECT_EQ(train(kNone, {}), TrainOutcome::finished);
  EXPECT_TRUE(course_.empty());
}

TEST_F(SilentErrors, ABadStepIsFoundUndoneAndNotCommitted) {
  for (const std::size_t ahead : {0, 1}) {
    for (const std::uint64_t bad_sample : {3, 20, 33, 64}) {
      options_.steps_ahead = ahead;
      options_.checkpoint.every_steps = 1;
      options_.rollback = {.at_most = 2, .steps = 3};
      ranks_->barrier();
      if (ranks_->rank() == 0) std::filesystem::remove_all(shared_);
      ranks_->barrier();
      ASSERT_EQ(train(bad_sample, {}), TrainOutcome::rolled_back);
      ASSERT_EQ(course_.size(), 1u);
      const Skip& skip = course_[0];
      EXPECT_EQ(skip.reason, "the loss is nan");
      EXPECT_EQ(newest_checkpoint(), skip.bad_step > 0 ? skip.bad_step : -1);
      EXPECT_EQ(skip.step, std::max<std::int64_t>(skip.bad_step - 3, 0));
      // The sample is among those of the bad step.
      std::vector<std::uint64_t> ids(kLanes * kBatch);
      const auto first = static_cast<std::uint64_t>(skip.bad_step) * ids.size();
      full_shuffle(kSamples, options_.seed)->take(0, first, ids);
      EXPECT_THAT(ids, testing::Contains(bad_sample));
    }
  }
}

TEST_F(SilentErrors, WithoutRollbackABadStepEndsTheRun) {
  EXPECT_THAT(message_of(ExitCode::internal, [&] { train(20, {}); }),
              HasSubstr("training has diverged. Lower optimizer.lr"));
}

}  // namespace
}  // namespace lockstep
