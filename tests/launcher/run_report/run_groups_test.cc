#include "launcher/run_report/run_groups.h"

#include <cmath>

#include <gmock/gmock.h>

#include "tests/launcher/run_report/made_runs.h"

namespace lockstep {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<RunScore> scores_of(const std::vector<ReportedRun>& runs) {
  std::vector<RunScore> scores;
  for (const ReportedRun& run : runs) scores.push_back(score_of(run.history));
  return scores;
}

TEST(Spread, HasTheSamplesDeviation) {
  const Spread spread = spread_of(std::vector{1.0, 2.0, 6.0}).value();
  EXPECT_EQ(spread.mean, 3);
  EXPECT_THAT(spread.deviation, DoubleNear(std::sqrt(7), 1e-12));
  EXPECT_EQ(spread.low, 1);
  EXPECT_EQ(spread.high, 6);
  EXPECT_EQ(spread_of(std::vector{4.0}).value().deviation, 0);
  EXPECT_FALSE(spread_of({}).has_value());
}

TEST(RunScore, IsTheBestEpochByTheMainMetric) {
  const RunScore score = score_of(made_run("a", "0.1", "1", {0.2, 0.8, 0.6}).history);
  EXPECT_EQ(score.metric.name, "accuracy");
  EXPECT_EQ(score.split, "valid");
  EXPECT_EQ(score.best, 0.8);
  EXPECT_EQ(score.best_epoch, 2);
  EXPECT_EQ(score.valid, 0.6);
  EXPECT_EQ(score.steps, 30);
  EXPECT_FALSE(score.broken_step.has_value());
}

TEST(RunScore, TellsWhereTheLossWasNoNumber) {
  const RunScore score =
      score_of(history_of("{\"kind\":\"step\",\"step\":5,\"epoch\":0.5,\"loss\":1.5}\n"
                          "{\"kind\":\"step\",\"step\":6,\"epoch\":0.6,\"loss\":null}\n"
                          "{\"kind\":\"epoch\",\"step\":10,\"epoch\":1,\"train/loss\":null}\n"));
  EXPECT_EQ(score.broken_step, 6);
  EXPECT_FALSE(score.best.has_value());
  EXPECT_EQ(score.split, "train");
}

TEST(RunGroups, AreOfRunsThatDifferInTheSeedAlone) {
  const std::vector<ReportedRun> runs = {
      made_run("a1", "0.1", "1", {0.5}), made_run("b1", "0.2", "1", {0.7}),
      made_run("a2", "0.1", "2", {0.6}), made_run("new", "0.3", "1")};
  EXPECT_THAT(differing_keys(runs), ElementsAre("optimizer.lr"));
  const std::vector<RunGroup> groups = groups_of(runs, scores_of(runs));
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].name, "b1");
  EXPECT_EQ(groups[1].name, "optimizer.lr 0.1 (2 seeds)");
  EXPECT_THAT(groups[1].runs, ElementsAre(2, 0)) << "the best first";
  EXPECT_THAT(groups[1].best.value().mean, DoubleNear(0.55, 1e-12));
  EXPECT_EQ(groups[2].name, "new") << "without a score comes last";
}

TEST(RunGroups, AreNamedForTheKeysThatTellThemApart) {
  std::vector<ReportedRun> runs;
  for (const char* rate : {"0.1", "0.2"}) {
    for (const char* model : {"simple_cnn", "resnet18"}) {
      for (const char* seed : {"1", "1"}) {
        runs.push_back(made_run("run", rate, seed));
        runs.back().settings = {
            {"model.name", model}, {"model.stem", model}, {"optimizer.lr", rate}};
      }
    }
  }
  EXPECT_EQ(groups_of(runs, scores_of(runs))[3].name,
            "model.name resnet18, optimizer.lr 0.2 (2 runs)");
}

TEST(RunGroups, OfRunsWithoutAReadableConfigAreTheirOwn) {
  std::vector<ReportedRun> runs = {made_run("a", "0.1", "1"), made_run("b", "0.1", "1")};
  for (ReportedRun& run : runs) run.settings.clear();
  EXPECT_EQ(groups_of(runs, scores_of(runs)).size(), 2u);
  EXPECT_THAT(differing_keys(runs), IsEmpty());
}

TEST(RunGroups, OfAKeyThatHasNoEffectInOneRunDiffer) {
  std::vector<ReportedRun> runs = {made_run("a", "0.1", "1"), made_run("b", "0.1", "1")};
  runs[1].settings.emplace_back("optimizer.beta1", "0.9");
  EXPECT_THAT(differing_keys(runs), ElementsAre("optimizer.beta1"));
  EXPECT_EQ(setting_of(runs[0], "optimizer.beta1"), "unset");
}

}  // namespace
}  // namespace lockstep
