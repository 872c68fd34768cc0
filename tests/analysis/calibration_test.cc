#include "analysis/calibration.h"

#include <cmath>

#include <gtest/gtest.h>

#include "analysis/flags.h"

namespace lockstep {
namespace {

TEST(Calibration, ABinHoldsItsUpperEndAndTheFirstAlsoZero) {
  const std::vector<double> probabilities = {0, 0.5, 0.5000001, 1};
  Flags came(4);
  came[2] = came[3] = true;
  const Calibration two = StatedEvents(probabilities, came, 1, 2).calibration({});
  EXPECT_EQ(two.bins[0].count, 2);
  EXPECT_EQ(two.bins[1].count, 2);
  EXPECT_EQ(two.bins[0].frequency, 0);
  EXPECT_EQ(two.bins[1].frequency, 1);
  EXPECT_NEAR(two.expected_error, 0.25, 1e-6);
}

TEST(Calibration, ASampleWithSeveralEventsCountsThemByItsWeight) {
  const std::vector<double> probabilities = {0.1, 0.2, 0.9, 0.8};
  const std::vector<std::uint32_t> weights = {0, 3};
  const Calibration one =
      StatedEvents(probabilities, Flags(4), 2, 1).calibration(SampleWeights(weights));
  EXPECT_EQ(one.bins[0].count, 6);
  EXPECT_NEAR(one.expected_error, 0.85, 1e-12);
}

TEST(Temperature, OfAnswersThatAreAllRightIsTheLowestAndOfAllWrongTheHighest) {
  const std::vector<float> logits = {1, 0, 0, 1};
  EXPECT_NEAR(best_temperature(logits, std::vector<std::int64_t>{0, 1}, 2).value, 0.01, 1e-3);
  EXPECT_NEAR(best_temperature(logits, std::vector<std::int64_t>{1, 0}, 2).value, 100, 1);
}

TEST(Temperature, LargeLogitsDoNotOverflow) {
  const std::vector<float> logits = {3e4f, -3e4f, -3e4f, 3e4f, 3e4f, -3e4f};
  const Temperature found = best_temperature(logits, std::vector<std::int64_t>{0, 1, 1}, 2);
  EXPECT_TRUE(std::isfinite(found.value) && std::isfinite(found.loss_after));
  EXPECT_LE(found.loss_after, found.loss_before);
}

}  // namespace
}  // namespace lockstep
