// `eval` beyond its headline: figures with intervals, groups, views, ensembles, and two models on
// one split. The same on any number of ranks.

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;
using testing::HasSubstr;

class Evaluation : public JobTest {
 protected:
  static void SetUpTestSuite() {
    JobTest::SetUpTestSuite();
    const Words plain = {"train.max_steps=31", "data.augment.flip=none",
                         "data.augment.crop_padding=0"};
    ASSERT_EQ(lockstep_program(job_->train("a", 1, {"train.max_steps=20"})).exit_code, 0);
    ASSERT_EQ(lockstep_program(job_->train("b", 1, plain)).exit_code, 0);
  }

  static std::string path(const std::string& name) { return job_->run_dir(name).string(); }

  static Json evaluated(Words words) {
    words.insert(words.begin(), {"eval", path("a"), "--json"});
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out);
  }

  /// That is the same on 1, 2 and 3 ranks.
  static Json evaluated_alike(const Words& words) {
    Json alone = evaluated(words);
    for (const int ranks : {2, 3}) {
      Words on_ranks = words;
      on_ranks.insert(on_ranks.end(), {"-n", std::to_string(ranks)});
      EXPECT_EQ(evaluated(on_ranks), alone) << ranks;
    }
    return alone;
  }
};

TEST_F(Evaluation, TellsClassesConfusionAndCalibrationTheSameOnAnyNumberOfRanks) {
  const Json json = evaluated_alike({"--by", "class", "--by", "folder", "--by", "size"});
  const double evaluated = json.at("evaluated");
  double right = 0, all = 0;
  const Json& matrix = json.at("confusion_matrix");
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    right += matrix[i][i].get<double>();
    double row = 0;
    for (const Json& count : matrix[i]) row += count.get<double>();
    EXPECT_EQ(json.at("classes")[i].at("support"), row);
    all += row;
  }
  EXPECT_EQ(all, evaluated);
  EXPECT_DOUBLE_EQ(json.at("accuracy").get<double>(), right / evaluated);
  const Json& interval = json.at("intervals").at("accuracy");
  EXPECT_LT(interval[0], json.at("accuracy"));
  EXPECT_GT(interval[1], json.at("accuracy"));
  EXPECT_NEAR(json.at("calibration").at("log_loss"), json.at("loss"), 1e-5);
  EXPECT_LE(json.at("calibration").at("log_loss_at_temperature"),
            json.at("calibration").at("log_loss"));
  double of_groups = 0;
  for (const Json& group : json.at("by").at("class")) of_groups += group.at("count").get<double>();
  EXPECT_EQ(of_groups, evaluated);
  EXPECT_EQ(json.at("by").at("size").size(), 1u);
}

TEST_F(Evaluation, ViewsAndEnsemblesAreTheSameOnAnyNumberOfRanks) {
  const Json plain = evaluated({"--bootstrap", "0"});
  EXPECT_FALSE(plain.contains("intervals"));
  for (const char* views : {"flips", "crops", "3"}) {
    const Json json = evaluated_alike({"--tta", views});
    EXPECT_EQ(json.at("tta"), views);
    EXPECT_NE(json.at("loss"), plain.at("loss"));
  }
  const Json both = evaluated_alike({"--ensemble", path("b")});
  EXPECT_EQ(both.at("ensemble").size(), 2u);
  EXPECT_NE(both.at("loss"), plain.at("loss"));
  expect(2, "is in the ensemble twice", {"eval", path("a"), "--ensemble", path("a")});
  expect(2, "trained without augmentation", {"eval", path("b"), "--tta", "4"});
}

TEST_F(Evaluation, AnEnsembleOfCheckpointsIsThatOfSnapshots) {
  const ProgramResult trained = lockstep_program(
      job_->train("steps", 1, {"train.max_steps=20", "checkpoint.every_steps=10"}));
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto loss = [&](Words words) {
    words.insert(words.begin(), "eval");
    words.emplace_back("--json");
    return Json::parse(lockstep_program(words).out).at("loss").get<double>();
  };
  const std::string steps = path("steps") + "/checkpoints/step_000000";
  EXPECT_DOUBLE_EQ(loss({steps + "10", "--ensemble", steps + "20"}),
                   loss({path("steps"), "--snapshots", "2"}));
}

TEST_F(Evaluation, PredictsWithViewsAndEnsembles) {
  const auto table = [&](Words words) {
    words.insert(words.begin(), {"predict", path("a"), job_->pack().string(), "--split", "valid",
                                 "--out", "-", "--probabilities"});
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  const std::string plain = table({});
  const Words asked = {"--tta", "crops", "--ensemble", path("b")};
  EXPECT_NE(table(asked), plain);
  EXPECT_EQ(std::ranges::count(table(asked), '\n'), std::ranges::count(plain, '\n'));
  Words on_ranks = asked;
  on_ranks.insert(on_ranks.end(), {"-n", "3"});
  EXPECT_EQ(table(on_ranks), table(asked));
}

TEST_F(Evaluation, VerifyFollowsEveryModelOfAnEnsemble) {
  ASSERT_EQ(lockstep_program({"predict", path("a"), job_->pack().string(), "--split", "valid",
                              "--ensemble", path("b"), "--out", path("both.csv")})
                .exit_code,
            0);
  const auto verified = [&] { return lockstep_program({"verify", path("both.csv")}); };
  EXPECT_THAT(verified().err + verified().out, HasSubstr("b/checkpoints/step_00000031"));
  std::filesystem::rename(path("b"), path("elsewhere"));
  const ProgramResult without = verified();
  std::filesystem::rename(path("elsewhere"), path("b"));
  EXPECT_EQ(without.exit_code, 0);
  EXPECT_THAT(without.err + without.out, HasSubstr("is not there"));
}

TEST_F(Evaluation, TwoModelsAreComparedImageByImage) {
  const Json json = evaluated_alike({"--against", path("b")});
  const Json& against = json.at("against");
  const Json other =
      Json::parse(lockstep_program({"eval", path("b"), "--json", "--bootstrap", "0"}).out);
  EXPECT_DOUBLE_EQ(against.at("accuracy"), other.at("accuracy"));
  const double difference = other.at("accuracy").get<double>() - json.at("accuracy").get<double>();
  EXPECT_NEAR(against.at("difference").at("accuracy"), difference, 1e-12);
  int fixed = 0, broken = 0;
  for (const Json& one : against.at("changed")) {
    fixed += one.at("change") == "fixed";
    broken += one.at("change") == "broken";
  }
  EXPECT_EQ(against.at("mcnemar").at("second_only"), fixed);
  EXPECT_EQ(against.at("mcnemar").at("first_only"), broken);
  ASSERT_GT(against.at("changed").size(), 5u);
  EXPECT_THAT(lockstep_program({"eval", path("a"), "--against", path("b")}).out,
              HasSubstr(fmt::format("and {} more", against.at("changed").size() - 5)));
  expect(0, "", {"eval", path("a"), "--against", path("b"), "--changed", path("changed.csv")});
  std::ostringstream text;
  text << std::ifstream(path("changed.csv"), std::ios::binary).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("number,source,change,truth,first,second\r\n"));
  EXPECT_EQ(std::ranges::count(text.str(), '\n'),
            1 + static_cast<std::ptrdiff_t>(against.at("changed").size()));
  expect(2, "--force",
         {"eval", path("a"), "--against", path("b"), "--changed", path("changed.csv")});
}

TEST_F(Evaluation, AColumnOfATableMakesGroups) {
  std::string rows = "path,site\n";
  const ProgramResult predicted = lockstep_program(
      {"predict", path("a"), job_->pack().string(), "--split", "valid", "--out", "-"});
  std::istringstream lines(predicted.out);
  std::string line;
  std::getline(lines, line);
  int count = 0;
  while (std::getline(lines, line)) {
    rows += line.substr(0, line.find(',')) + (count++ % 3 == 0 ? ",north\n" : ",south\n");
  }
  std::ofstream(path("sites.csv")) << rows;
  const Json json = evaluated({"--by", "site", "--columns", path("sites.csv")});
  const Json& groups = json.at("by").at("site");
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].at("group"), "north");
  EXPECT_EQ(groups[0].at("count"), (count + 2) / 3);
  EXPECT_TRUE(groups[1].at("intervals").contains("accuracy"));
  expect(2, "no such column", {"eval", path("a"), "--by", "city", "--columns", path("sites.csv")});
  expect(2, "none of class, size and folder", {"eval", path("a"), "--by", "city"});
  expect(2, "--threshold is for two classes", {"eval", path("a"), "--threshold", "0.3"});
}

/// Of two classes: whether a sample is of the second, and how likely the model says that is.
struct Said {
  bool is_second = false;
  double probability = 0;
};

/// The part of the pairs of a sample of the second class and one of the first that are in this
/// order; ties count half.
double area_under_roc(const std::vector<Said>& samples) {
  double right = 0, pairs = 0;
  for (const Said& second : samples) {
    if (!second.is_second) continue;
    for (const Said& first : samples) {
      if (first.is_second) continue;
      pairs += 1;
      right += second.probability > first.probability    ? 1
               : second.probability == first.probability ? 0.5
                                                         : 0;
    }
  }
  return right / pairs;
}

TEST_F(Evaluation, OfTwoClassesAThresholdDecidesAndTheRankingHasItsOwnFigures) {
  ASSERT_EQ(lockstep_program(job_->train("two", 2, {"data.classes=[0, 1]", "train.max_steps=20"}))
                .exit_code,
            0);
  const ProgramResult table =
      lockstep_program({"predict", path("two"), job_->pack().string(), "--split", "valid", "--out",
                        "-", "--columns", "1"});
  ASSERT_EQ(table.exit_code, 0) << table.err;
  std::ifstream labels(job_->run_dir("source") / "t10k-labels-idx1-ubyte", std::ios::binary);
  labels.ignore(8);
  std::istringstream lines(table.out);
  std::string line;
  std::getline(lines, line);
  std::vector<Said> samples;
  for (int label = labels.get(); std::getline(lines, line); label = labels.get()) {
    if (label < 2) samples.push_back({label == 1, std::stod(line)});
  }
  ASSERT_GT(samples.size(), 15u);

  for (const Words& words : {Words{},
                             {"-n", "2"},
                             {"-n", "3", "--threshold", "0.2"},
                             {"--threshold", "0.9"},
                             {"--threshold", "0.5"}}) {
    Words all = {"eval", path("two"), "--json", "--bootstrap", "0"};
    all.insert(all.end(), words.begin(), words.end());
    const ProgramResult result = lockstep_program(all);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json json = Json::parse(result.out);
    const double threshold = words.size() > 1 && words[words.size() - 2] == "--threshold"
                                 ? std::stod(words.back())
                                 : 0.5;
    std::array<std::array<int, 2>, 2> confusion = {};
    for (const Said& said : samples) {
      confusion[said.is_second ? 1 : 0][said.probability > threshold ? 1 : 0] += 1;
    }
    EXPECT_EQ(json.at("confusion_matrix"), Json(confusion)) << threshold;
    EXPECT_NEAR(json.at("auroc").get<double>(), area_under_roc(samples), 1e-12);
  }
  expect(2, "above 0 and below 1", {"eval", path("two"), "--threshold", "1.5"});
}

}  // namespace
}  // namespace lockstep
