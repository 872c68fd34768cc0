#include "launcher/doctor_rank/config_checks.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/launcher/doctor/finding_of.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(FirstLossCheck, ComparesWithANetworkThatKnowsNothing) {
  EXPECT_EQ(check_first_loss({.loss = 2.4, .expected = 2.3}).verdict, Verdict::pass);
  EXPECT_EQ(check_first_loss({.loss = 2.4, .expected = {}}).verdict, Verdict::pass);
  EXPECT_EQ(check_first_loss({.loss = 5, .expected = 2.3}).verdict, Verdict::warn);
  EXPECT_EQ(check_first_loss({.loss = 50, .expected = 2.3}).verdict, Verdict::fail);
  EXPECT_EQ(check_first_loss({.loss = kNan, .expected = 2.3}).verdict, Verdict::fail);
  EXPECT_EQ(check_first_loss({.loss = 0.1, .expected = 2.3}).verdict, Verdict::warn);
  EXPECT_EQ(check_first_loss({.loss = 0.1, .expected = 2.3, .may_know = true}).verdict,
            Verdict::pass);
}

/// A sweep of 80 steps from 1e-7 to 10, whose loss falls from 2 to 1 between rates of 0.001 and
/// 0.1, and rises beyond 1.
RateFacts sweep(double rate, double rise) {
  RateFacts facts{.rate = rate, .scale = 2, .sweep = {}, .planned = 80};
  for (int i = 0; i < facts.planned; ++i) {
    const double swept = 1e-7 * std::pow(1e8, i / 79.0);
    const double fall = std::clamp((std::log10(swept) + 3) / 2, 0.0, 1.0);
    const double loss = 2 - fall + (swept > 1 ? rise * swept : 0);
    if (!facts.sweep.add(swept, loss)) break;
  }
  return facts;
}

TEST(RateCheck, PassesWhereTheLossFalls) {
  EXPECT_EQ(check_rate(sweep(0.02, 5)).verdict, Verdict::pass);
  EXPECT_EQ(check_rate(sweep(0.2, 5)).verdict, Verdict::pass);
  EXPECT_THAT(check_rate(sweep(0.02, 5)).why, HasSubstr("optimizer.lr is 0.04;"));
}

TEST(RateCheck, FindsRatesThatAreTooHigh) {
  EXPECT_EQ(check_rate(sweep(100, 5)).verdict, Verdict::fail);   // beyond the sweep
  EXPECT_EQ(check_rate(sweep(5, 5)).verdict, Verdict::fail);     // worse than untrained
  EXPECT_EQ(check_rate(sweep(5, 0.15)).verdict, Verdict::warn);  // nearly as bad
  EXPECT_THAT(check_rate(sweep(5, 5)).remedy, HasSubstr("lower optimizer.lr"));
}

TEST(RateCheck, FindsARateThatIsFarTooLow) {
  EXPECT_EQ(check_rate(sweep(1e-6, 5)).verdict, Verdict::warn);
  EXPECT_THAT(check_rate(sweep(1e-6, 5)).remedy, HasSubstr("so low"));
}

/// A sweep whose losses differ by `noise` from step to step, and fall by `fall`.
RateFacts noisy_sweep(double rate, double noise, double fall) {
  RateFacts facts{.rate = rate, .scale = 1, .sweep = {}, .planned = 70};
  unsigned seed = 1;
  for (int i = 0; i < facts.planned; ++i) {
    seed = seed * 1664525 + 1013904223;
    const double swept = 1e-6 * std::pow(1e7, i / 69.0);
    const double part = std::clamp((std::log10(swept) + 3) / 2, 0.0, 1.0);
    facts.sweep.add(swept, 2 - fall * part + noise * ((seed >> 16) % 1000 / 500.0 - 1));
  }
  return facts;
}

TEST(RateCheck, SaysNothingFirmOfLossesThatVaryMoreThanTheyFall) {
  for (const double rate : {1e-5, 1e-3, 0.1, 5.0}) {
    const Finding found = check_rate(noisy_sweep(rate, 0.5, 0));
    EXPECT_EQ(found.verdict, Verdict::pass) << rate;
    EXPECT_THAT(found.why, HasSubstr("varies too much from step to step"));
    EXPECT_LE(advised_rate(noisy_sweep(rate, 0.5, 0)), rate);
  }
  EXPECT_THAT(check_rate(noisy_sweep(0.01, 0.1, 1)).why, HasSubstr("is safe"));
  EXPECT_EQ(check_rate(noisy_sweep(1e-6, 0.1, 1)).verdict, Verdict::warn);
}

TEST(RateCheck, FailsWithoutALoss) {
  EXPECT_EQ(check_rate({.rate = 0.1, .scale = 1, .sweep = {}, .planned = 80}).verdict,
            Verdict::fail);
}

TEST(OverfitCheck, WantsTheLossOfABatchToFall) {
  const auto verdict = [](double last) {
    std::vector<double> losses(10, last);
    losses.front() = 2;
    return check_overfit({.losses = losses, .samples = 8, .rate = 0.1}).verdict;
  };
  EXPECT_EQ(verdict(0.5), Verdict::pass);
  EXPECT_EQ(verdict(1.5), Verdict::warn);
  EXPECT_EQ(verdict(2.1), Verdict::fail);
  EXPECT_EQ(verdict(kNan), Verdict::fail);
}

TEST(GradientCheck, FindsWhatHasNoneAndDeadUnits) {
  const auto of = [](double magnitude, std::int64_t dead) {
    return complaints(check_gradients(
        {{"fc.weight", 1, 10, 0}, {"hidden1.weight", magnitude, 20, dead}, {"fc.bias", 1, 0, 0}}));
  };
  EXPECT_THAT(of(1, 7), IsEmpty());
  EXPECT_THAT(of(1, 8), ElementsAre("dead units WARN"));
  EXPECT_THAT(of(1, 13), ElementsAre("dead units FAIL"));
  EXPECT_THAT(of(0, 20), ElementsAre("gradients FAIL", "dead units FAIL"));
  EXPECT_THAT(of(kNan, 0), ElementsAre("gradients FAIL"));
  EXPECT_THAT(complaints(check_gradients({})), ElementsAre("gradients FAIL"));
}

}  // namespace
}  // namespace lockstep
