#include "trainer/training_state.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/message_of.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

/// A run in its first epoch, one step of eight samples done.
TrainingState example() {
  TrainingState state;
  state.input = {.height = 8, .width = 8, .channels = 1, .mean = {0.5f}, .std = {0.25f}};
  state.task = {
      .kind = TaskKind::classification, .names = {"a", "b"}, .target_mean = {}, .target_std = {}};
  state.step = 1;
  state.cursor = {0, 8};
  state.lanes = 2;
  state.schedule.epochs = 3;
  state.schedule.target_rate = 0.1;
  state.epoch_sums = {.weight = 8, .loss = 1.5, .count = 8, .reals = {}, .counts = {}};
  return state;
}

/// With the sums that its task has.
TrainingState with_sums() {
  TrainingState state = example();
  const SumShape own = make_task(state.task)->own_sums();
  state.epoch_sums.reals.assign(own.reals, 0.5);
  state.epoch_sums.counts.assign(own.counts, 3);
  return state;
}

TEST(TrainingState, ComesBackAsItWas) {
  const TrainingState state = with_sums();
  EXPECT_EQ(to_json(training_state_from_json(state_to_commit(state))), to_json(state));
}

TEST(TrainingState, IsNotCommittedWhereItCouldNotBeRead) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    TrainingState state = with_sums();
    state.epoch_sums.loss = bad;
    EXPECT_THAT(message_of(ExitCode::internal, [&] { state_to_commit(state); }),
                HasSubstr("'epoch_sums.loss' is null, not a number"));
    state = with_sums();
    state.best = BestCheckpoint{"valid/loss", bad, 1};
    EXPECT_THAT(message_of(ExitCode::internal, [&] { state_to_commit(state); }),
                HasSubstr("'best.value' is null"));
    state = with_sums();
    state.last_rate = bad;
    EXPECT_THAT(message_of(ExitCode::internal, [&] { state_to_commit(state); }),
                HasSubstr("'last_rate' is null"));
  }
}

TEST(TrainingState, AMetricThatIsNotFiniteStaysInItsHistory) {
  TrainingState state = with_sums();
  state.step = 5;
  state.cursor = {1, 0};
  state.evaluated_epochs = 1;
  state.epoch_sums = {};
  state.history = {{{"kind", "epoch"}, {"step", 5}, {"epoch", 1}, {"valid/r2", std::nan("")}}};
  EXPECT_TRUE(training_state_from_json(nlohmann::json::parse(state_to_commit(state).dump()))
                  .history[0]["valid/r2"]
                  .is_null());
}

}  // namespace
}  // namespace lockstep
