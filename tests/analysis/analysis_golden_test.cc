// The cases of tools/golden/analysis.py: what scikit-learn and SciPy make of the same numbers.

#include <cmath>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "analysis/bootstrap.h"
#include "analysis/calibration.h"
#include "analysis/confusion.h"
#include "analysis/errors.h"
#include "analysis/figures.h"
#include "analysis/flags.h"
#include "analysis/paired.h"
#include "analysis/ranking.h"

namespace lockstep {
namespace {

using Json = nlohmann::json;
constexpr double kClose = 1e-9;

class AnalysisGolden : public testing::Test {
 protected:
  const Json& cases(const char* name) {
    static const Json golden = Json::parse(std::ifstream(LOCKSTEP_GOLDEN_ANALYSIS));
    EXPECT_FALSE(golden.at(name).empty());
    return golden.at(name);
  }
};

Flags flags_of(const Json& json) {
  Flags flags(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) flags[i] = json[i].get<bool>();
  return flags;
}

/// Where scikit-learn's is not a number, ours is none.
void expect_near(double ours, const Json& theirs, const std::string& what) {
  if (theirs.is_null()) {
    EXPECT_TRUE(std::isnan(ours)) << what << ": " << ours;
  } else {
    EXPECT_NEAR(ours, theirs.get<double>(), kClose) << what;
  }
}

void expect_calibration(const Json& theirs, const StatedEvents& events) {
  const Calibration ours = events.calibration({});
  std::size_t not_empty = 0;
  for (std::size_t bin = 0; bin < ours.bins.size(); ++bin) {
    EXPECT_EQ(ours.bins[bin].count, theirs.at("bin_counts")[bin].get<double>()) << bin;
    if (ours.bins[bin].count == 0) continue;
    expect_near(ours.bins[bin].frequency, theirs.at("frequency")[not_empty], "frequency");
    expect_near(ours.bins[bin].probability, theirs.at("probability")[not_empty++], "probability");
  }
  EXPECT_EQ(not_empty, theirs.at("frequency").size());
  expect_near(ours.expected_error, theirs.at("expected"), "expected error");
  expect_near(ours.largest_error, theirs.at("largest"), "largest error");
}

void expect_temperature(const Json& theirs, const Temperature& ours) {
  EXPECT_NEAR(ours.value / theirs.at("temperature").get<double>(), 1, 1e-4);
  EXPECT_NEAR(ours.loss_before, theirs.at("before").get<double>(), 1e-9);
  // SciPy's search ends a little beside the least.
  EXPECT_NEAR(ours.loss_after, theirs.at("after").get<double>(), 1e-7);
  EXPECT_LE(ours.loss_after, theirs.at("after").get<double>() + 1e-12);
}

TEST_F(AnalysisGolden, ClassesEqualScikitLearns) {
  for (const Json& one : cases("classes")) {
    const std::size_t classes = one.at("classes");
    const std::vector<std::int64_t> truths = one.at("truths"), predicted = one.at("predicted");
    const std::vector<std::uint32_t> weights = one.at("weights");
    EXPECT_EQ(confusion_of(truths, predicted, classes).counts,
              one.at("confusion").get<std::vector<std::int64_t>>());
    const std::vector<Found> found =
        found_classes(truths, predicted, classes, SampleWeights(weights));
    for (std::size_t i = 0; i < classes; ++i) {
      expect_near(found[i].precision(), one.at("precision")[i], "precision");
      expect_near(found[i].recall(), one.at("recall")[i], "recall");
      expect_near(found[i].f1(), one.at("f1")[i], "F1");
      expect_near(found[i].support, one.at("support")[i], "support");
    }
    const Json& calibration = one.at("calibration");
    const std::vector<double> probabilities = calibration.at("probabilities");
    expect_calibration(calibration, {probabilities, flags_of(calibration.at("came")), 1});
    const std::vector<float> logits = one.at("logits");
    expect_temperature(one.at("temperature"), best_temperature(logits, truths, classes));
  }
}

/// The figures of all outputs that the case names.
void expect_figures(const Json& one, const Figures& figures) {
  const std::vector<std::uint32_t> weights = one.at("weights");
  std::vector<double> values(figures.count());
  figures.values(SampleWeights(weights), values);
  const std::vector<std::string> names = figures.of_all();
  std::size_t compared = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!one.contains(names[i])) continue;
    expect_near(values[i], one.at(names[i]), names[i]);
    ++compared;
  }
  EXPECT_GE(compared, 3u);
}

TEST_F(AnalysisGolden, FiguresOfAllEqualScikitLearns) {
  for (const Json& one : cases("classes")) {
    ScoredSamples samples{
        .width = one.at("classes"), .outputs = one.at("logits"), .labels = one.at("truths")};
    samples.numbers.resize(samples.labels.size());
    samples.losses.resize(samples.labels.size());
    expect_figures(one, *class_figures(samples, {}, Breadth::full));
  }
  for (const Json& one : cases("labels")) {
    ScoredSamples samples{
        .width = one.at("labels"), .outputs = one.at("logits"), .targets = one.at("truths")};
    samples.numbers.resize(samples.targets.size() / samples.width);
    samples.losses.resize(samples.numbers.size());
    expect_figures(one, *label_figures(samples, {}, Breadth::full));
  }
}

TEST_F(AnalysisGolden, RankingsEqualScikitLearnsAlsoWithWeights) {
  for (const Json& one : cases("rankings")) {
    const std::vector<float> scores = one.at("scores");
    const std::vector<std::uint32_t> weights = one.at("weights");
    const Ranking ranking =
        SortedScores(scores, flags_of(one.at("positive"))).ranking(SampleWeights(weights)).value();
    expect_near(ranking.roc_area, one.at("roc_area"), "area");
    expect_near(ranking.average_precision, one.at("average_precision"), "precision");
  }
}

TEST_F(AnalysisGolden, FlagsEqualScikitLearns) {
  for (const Json& one : cases("flags")) {
    const std::vector<float> logits = one.at("logits");
    const Json& calibration = one.at("calibration");
    const std::vector<double> probabilities = calibration.at("probabilities");
    expect_calibration(calibration, {probabilities, flags_of(calibration.at("came")), 1});
    expect_temperature(one.at("temperature"), best_temperature(logits, flags_of(one.at("came"))));
  }
}

TEST_F(AnalysisGolden, ErrorsEqualScikitLearnsAlsoByRange) {
  for (const Json& one : cases("numbers")) {
    const std::vector<double> truths = one.at("truths"), predictions = one.at("predictions");
    const std::vector<std::uint32_t> weights = one.at("weights");
    const ErrorFigures ours = error_figures(truths, predictions, SampleWeights(weights));
    expect_near(ours.mean_absolute, one.at("mae"), "MAE");
    expect_near(ours.root_mean_square, one.at("rmse"), "RMSE");
    expect_near(ours.r2, one.at("r2"), "R2");
    expect_near(ours.bias, one.at("bias"), "bias");
    const std::vector<RangeErrors> ranges = errors_by_range(truths, predictions, 5);
    ASSERT_EQ(ranges.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) {
      expect_near(ranges[i].low, one.at("edges")[i], "low");
      expect_near(ranges[i].high, one.at("edges")[i + 1], "high");
      expect_near(ranges[i].errors.mean_absolute, one.at("range_mae")[i], "MAE of a range");
    }
  }
}

TEST_F(AnalysisGolden, McNemarsTestEqualsSciPysBinomialTest) {
  for (const Json& one : cases("even_odds")) {
    EXPECT_NEAR(even_odds_p_value(one.at("few"), one.at("many")), one.at("p").get<double>(), 1e-9);
    EXPECT_NEAR(even_odds_p_value(one.at("many"), one.at("few")), one.at("p").get<double>(), 1e-9);
  }
}

TEST_F(AnalysisGolden, QuantilesEqualNumpys) {
  for (const Json& one : cases("quantiles")) {
    const std::vector<double> values = one.at("values");
    EXPECT_NEAR(quantile(values, one.at("part")), one.at("quantile").get<double>(), 1e-12);
  }
}

}  // namespace
}  // namespace lockstep
