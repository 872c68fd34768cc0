#include "launcher/run_report/run_charts.h"

#include <cmath>

#include <gmock/gmock.h>

#include "tests/launcher/run_report/made_runs.h"

namespace lockstep {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kAccuracy = "valid/accuracy";

TEST(PointsOf, SeveralRunsAreTheirMeanAndRange) {
  const RunHistory one = made_run("a", "0.1", "1", {0.2, 0.4}).history;
  const RunHistory other = made_run("b", "0.1", "2", {0.4, 0.8, 0.9}).history;
  const std::vector<CurvePoint> points = points_of({&one, &other}, {"", kAccuracy});
  ASSERT_EQ(points.size(), 3u);
  EXPECT_EQ(points[0].x, 1);
  EXPECT_EQ(points[0].step, 10);
  EXPECT_THAT(points[0].y, DoubleNear(0.3, 1e-12));
  EXPECT_EQ(points[0].low, 0.2);
  EXPECT_EQ(points[0].high, 0.4);
  EXPECT_EQ(points[2].y, 0.9) << "the longer run goes on alone";
  EXPECT_TRUE(std::isnan(points[2].low));
}

TEST(PointsOf, AreOfStepsThatAllHaveLogged) {
  const RunHistory dense = history_of(
      "{\"kind\":\"step\",\"step\":5,\"epoch\":0.5,\"loss\":1}\n"
      "{\"kind\":\"step\",\"step\":10,\"epoch\":1,\"loss\":2}\n");
  const RunHistory sparse = history_of(
      "{\"kind\":\"step\",\"step\":10,\"epoch\":1,\"loss\":null}\n"
      "{\"kind\":\"step\",\"step\":20,\"epoch\":2,\"loss\":null}\n");
  const std::vector<CurvePoint> points = points_of({&dense, &sparse}, {"loss", "train/loss"});
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].step, 10);
  EXPECT_EQ(points[0].y, 2) << "the mean of those that are numbers";
  EXPECT_EQ(points[1].step, 20);
  EXPECT_TRUE(std::isnan(points[1].y)) << "a gap";
}

TEST(EpochAt, LiesBetweenTheLines) {
  const RunHistory history = made_run("a", "0.1", "1", {0.2, 0.4}).history;
  EXPECT_EQ(epoch_at(history, 15), 1.5);
  EXPECT_EQ(epoch_at(history, 5), 0.5);
  EXPECT_EQ(epoch_at({}, 5), 0);
}

TEST(Charts, MarkRestartsAndTellWhatABandIs) {
  std::vector<ReportedRun> runs = {made_run("a1", "0.1", "1", {0.2, 0.4}),
                                   made_run("a2", "0.1", "2", {0.3, 0.5}),
                                   made_run("b", "0.2", "1", {0.1, 0.2})};
  runs[0].restarts = {10};
  std::vector<RunScore> scores;
  for (const ReportedRun& run : runs) scores.push_back(score_of(run.history));
  const std::string html = charts_html(runs, groups_of(runs, scores));
  EXPECT_THAT(html, HasSubstr("<title>a1 continued from step 10</title>"));
  EXPECT_THAT(html,
              HasSubstr("of several runs: the mean, and a band from the least to the greatest"));
  EXPECT_THAT(html, HasSubstr("Validation accuracy"));
  const std::vector<ReportedRun> none = {made_run("new", "0.1", "1")};
  EXPECT_EQ(charts_html(none, groups_of(none, {score_of({})})), "");
}

TEST(Charts, OfManyConfigurationsShowTheBest) {
  std::vector<ReportedRun> runs;
  std::vector<RunScore> scores;
  for (int i = 1; i <= 20; ++i) {
    runs.push_back(made_run(fmt::format("run{}", i), fmt::format("{}", i), "1", {i / 100.0}));
    scores.push_back(score_of(runs.back().history));
  }
  const std::string html = charts_html(runs, groups_of(runs, scores));
  EXPECT_THAT(html, HasSubstr("The curves of 12 of 20 configurations"));
  EXPECT_THAT(html, HasSubstr(">run20<"));
  EXPECT_THAT(html, Not(HasSubstr(">run8<")));
}

}  // namespace
}  // namespace lockstep
