#include "trainer/early_stopping.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"

namespace lockstep {
namespace {

/// The epochs, counted from 1, after which such a run of values is over; 0: never.
int end_of(const EarlyStoppingOptions& options, const std::vector<double>& values,
           bool higher_is_better) {
  EarlyStopping state;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::vector<EpochMetric> metrics = {{"train/loss", 1, false},
                                              {"valid/x", values[i], higher_is_better}};
    state.end_epoch(options, metrics);
    const nlohmann::json stored = nlohmann::json::parse(nlohmann::json(state).dump());
    state = read_early_stopping(JsonFields<nlohmann::json>(stored, ExitCode::storage));
    if (state.is_over(options)) return static_cast<int>(i) + 1;
  }
  return 0;
}

TEST(EarlyStopping, EndsAfterEpochsWithoutABetterValue) {
  const EarlyStoppingOptions options{.metric = "valid/x", .patience = 2};
  EXPECT_EQ(end_of(options, {3, 2, 2, 2}, false), 4);
  EXPECT_EQ(end_of(options, {3, 2, 2, 1, 1, 1}, false), 6);
  EXPECT_EQ(end_of(options, {3, 2, 1}, true), 3);
  EXPECT_EQ(end_of(options, {1, 2, 3, 4}, true), 0);
}

TEST(EarlyStopping, OnlyAChangeOfThatSizeCounts) {
  EXPECT_EQ(end_of({.metric = "valid/x", .patience = 2, .min_change = 0.5}, {1, 1.2, 1.5}, true),
            3);
  EXPECT_EQ(end_of({.metric = "valid/x", .patience = 2, .min_change = 0.5}, {1, 1.2, 1.51}, true),
            0);
}

TEST(EarlyStopping, ANumberThatIsNoneIsNoBetter) {
  EXPECT_EQ(end_of({.metric = "valid/x", .patience = 1}, {1, NAN}, true), 2);
}

TEST(EarlyStopping, WithoutPatienceThereIsNone) {
  EXPECT_EQ(end_of({.metric = "valid/x"}, {1, 1, 1, 1, 1}, true), 0);
}

TEST(EarlyStopping, AutomaticallyWatchesTheLossOfValidationElseOfTraining) {
  const EarlyStoppingOptions options{.patience = 1};
  EarlyStopping state;
  const std::vector<EpochMetric> both = {{"train/loss", 1, false}, {"valid/loss", 2, false}};
  state.end_epoch(options, both);
  EXPECT_EQ(state.best, 2);
  state = {};
  state.end_epoch(options, std::span(both).first(1));
  EXPECT_EQ(state.best, 1);
}

}  // namespace
}  // namespace lockstep
