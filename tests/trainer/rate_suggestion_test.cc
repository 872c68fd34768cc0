#include "trainer/rate_suggestion.h"

#include <cmath>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lockstep {
namespace {

/// The curves of tools/golden/rate_suggestions.py.
TEST(RateSuggestion, EqualsFastais) {
  std::ifstream file(LOCKSTEP_GOLDEN_RATES);
  const auto golden = nlohmann::json::parse(file);
  ASSERT_FALSE(golden.at("cases").empty());
  for (const auto& one : golden.at("cases")) {
    const std::vector<double> rates = one.at("rates"), losses = one.at("losses");
    RateSweep sweep;
    bool goes_on = true;
    for (std::size_t i = 0; i < rates.size(); ++i) {
      ASSERT_TRUE(goes_on) << "diverged before fastai's";
      goes_on = sweep.add(rates[i], losses[i]);
      EXPECT_NEAR(sweep.smoothed.back(), one.at("smoothed")[i].get<double>(), 1e-9);
    }
    const std::size_t planned = one.at("planned");
    EXPECT_EQ(goes_on, rates.size() == planned) << "diverged later than fastai's";
    std::map<std::string, double> found;
    for (const RateSuggestion& suggestion : suggest_rates(sweep, planned)) {
      found[std::string(suggestion.rule)] = suggestion.rate;
    }
    for (const auto& [rule, rate] : one.at("suggestions").items()) {
      ASSERT_TRUE(found.contains(rule)) << rule;
      EXPECT_NEAR(found[rule] / rate.get<double>(), 1, 1e-6) << rule;
    }
  }
}

TEST(RateSuggestion, ALossThatIsNotFiniteEndsTheSweepAndIsNotInIt) {
  RateSweep sweep;
  EXPECT_TRUE(sweep.add(0.1, 2));
  EXPECT_FALSE(sweep.add(0.2, NAN));
  EXPECT_FALSE(sweep.add(0.3, INFINITY));
  EXPECT_EQ(sweep.rates, std::vector<double>{0.1});
}

TEST(RateSuggestion, OfTooFewStepsThereIsNone) {
  RateSweep sweep;
  for (int i = 0; i < 6; ++i) sweep.add(0.1 * (i + 1), 2 - 0.1 * i);
  EXPECT_TRUE(suggest_rates(sweep, 6).empty());
}

TEST(RateSuggestion, ALossThatOnlyRisesHasNoValley) {
  RateSweep sweep;
  for (int i = 0; i < 40; ++i) sweep.add(0.01 * (i + 1), 2 + 0.01 * i);
  for (const RateSuggestion& suggestion : suggest_rates(sweep, 40)) {
    EXPECT_NE(suggestion.rule, "valley");
    EXPECT_NE(suggestion.rule, "slide");
  }
}

}  // namespace
}  // namespace lockstep
