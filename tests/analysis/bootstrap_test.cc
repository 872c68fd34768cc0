#include "analysis/bootstrap.h"

#include <cmath>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

/// The mean of 0, 1, ..., n - 1, and a figure that only resamples without sample 0 have.
void mean_and_rare(SampleWeights weights, std::span<double> figures, std::size_t samples) {
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    sum += weights[i] * static_cast<double>(i);
    count += weights[i];
  }
  EXPECT_EQ(count, static_cast<double>(samples));
  figures[0] = sum / count;
  figures[1] = weights[0] == 0 ? 1 : NAN;
}

std::vector<Interval> intervals(std::size_t samples, const BootstrapOptions& options) {
  return bootstrap(samples, 2, options, [&](SampleWeights weights, std::span<double> figures) {
    mean_and_rare(weights, figures, samples);
  });
}

TEST(Bootstrap, TheIntervalOfAMeanIsThatOfTheNormalDistribution) {
  constexpr std::size_t kSamples = 400;
  const Interval mean = intervals(kSamples, {.resamples = 4000})[0];
  const double middle = (kSamples - 1) / 2.0;
  const double error = std::sqrt((kSamples * kSamples - 1) / 12.0 / kSamples);
  EXPECT_NEAR(mean.low, middle - 1.96 * error, 0.15 * error);
  EXPECT_NEAR(mean.high, middle + 1.96 * error, 0.15 * error);
}

TEST(Bootstrap, TheSeedAloneDecides) {
  const Interval one = intervals(50, {.seed = 1})[0], again = intervals(50, {.seed = 1})[0];
  EXPECT_EQ(one.low, again.low);
  EXPECT_EQ(one.high, again.high);
  EXPECT_NE(one.low, intervals(50, {.seed = 2})[0].low);
}

TEST(Bootstrap, ResamplesInWhichAFigureIsUndefinedAreLeftOut) {
  const Interval rare = intervals(50, {})[1];
  EXPECT_EQ(rare.low, 1);
  EXPECT_EQ(rare.high, 1);
  EXPECT_TRUE(std::isnan(intervals(50, {.resamples = 0})[1].low));
}

}  // namespace
}  // namespace lockstep
